"""The out-of-distribution score is what it says."""

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper
from sklearn.covariance import LedoitWolf

from export.ood import THRESHOLD, fit_ood, threshold_of, with_rescaled_threshold


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


@pytest.mark.parametrize(
    ("n", "kept_share", "kept"),
    [
        (400, 0.9, 360),
        (1172, 0.98, 1149),  # 1148.56: the share is a minimum
        (100, 0.07, 7),  # 0.07 * 100 is a little over 7
        (10, 1.0, 10),
        (10, 0.95, 10),
    ],
)
def test_the_threshold_lies_behind_the_last_score_to_keep(n, kept_share, kept):
    scores = np.random.default_rng(0).permutation(np.linspace(0.5, 2, n)).astype(np.float32)
    assert (scores < np.float32(threshold_of(scores, kept_share))).sum() == kept


def test_only_the_threshold_of_a_model_is_moved():
    scores = np.array([0.8, 1.0, 1.2, 1.4], dtype=np.float32)
    tensors = [helper.make_tensor(name, TensorProto.FLOAT, [], [3.0]) for name in (THRESHOLD, "ood.other")]
    graph = helper.make_graph([helper.make_node("Div", [THRESHOLD, "ood.other"], ["y"])], "g", [], [], tensors)
    model = helper.make_model(graph)
    moved = with_rescaled_threshold(model, scores, 0.75)
    after = {t.name: float(onnx.numpy_helper.to_array(t)) for t in moved.graph.initializer}
    assert after == {THRESHOLD: pytest.approx(3 * 1.3), "ood.other": 3.0}
    assert [float(onnx.numpy_helper.to_array(t)) for t in model.graph.initializer] == [3.0, 3.0]


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


def test_one_image_of_each_class_gives_a_score_too():
    train, labels = embeddings(0, n=3)
    val, _ = embeddings(1)
    assert fit_ood(train, labels, val)(val).isfinite().all()


def test_images_far_from_every_class_score_above_one():
    train, labels = embeddings(0)
    val, _ = embeddings(1)
    score = fit_ood(train, labels, val)
    assert score(40 * torch.randn(100, 12)).min() > 1
