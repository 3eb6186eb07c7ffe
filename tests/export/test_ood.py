"""The out-of-distribution score is what it says."""

import torch
from sklearn.covariance import LedoitWolf

from export.ood import fit_ood


def embeddings(seed, n=400, d=12, k=3):
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(n) % k
    centres = 4 * torch.randn(k, d, generator=torch.Generator().manual_seed(9))
    scales = torch.linspace(0.2, 3, d)
    return centres[labels] + scales * torch.randn(n, d, generator=generator), labels


def test_the_threshold_keeps_the_asked_share_of_validation_images():
    train, labels = embeddings(0)
    val, _ = embeddings(1)
    score = fit_ood(train, labels, val, kept_share=0.9)
    assert (score(val) <= 1).float().mean() == 0.9


def test_the_score_is_the_mahalanobis_distance_to_the_nearest_class_mean():
    train, labels = embeddings(0)
    val, _ = embeddings(1, n=50)
    score = fit_ood(train, labels, val)
    means = torch.stack([train[labels == k].mean(0) for k in range(3)])
    inverse = torch.from_numpy(
        LedoitWolf(assume_centered=True).fit((train - means[labels]).double().numpy()).get_precision()
    ).float()
    offsets = val[:, None] - means
    distances = torch.einsum("nkd,de,nke->nk", offsets, inverse, offsets).amin(1).sqrt()
    torch.testing.assert_close(score(val) * score.threshold, distances, rtol=1e-4, atol=1e-4)


def test_images_far_from_every_class_score_above_one():
    train, labels = embeddings(0)
    val, _ = embeddings(1)
    score = fit_ood(train, labels, val)
    assert score(40 * torch.randn(100, 12)).min() > 1
