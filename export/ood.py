"""Out-of-distribution score in the graph: Mahalanobis distance to the nearest class (Lee et al. 2018, section 2.1)."""

import numpy as np
import torch
from sklearn.covariance import LedoitWolf
from torch import Tensor, nn

KEPT_SHARE = 0.95  # of validation images lie below the threshold


class OodScore(nn.Module):
    """Embedding (N, d) to a score (N,): the distance to the nearest class mean, divided by the threshold.

    Under 1.0 lies `KEPT_SHARE` of the validation images; above it an image is unlike the training data.
    """

    def __init__(self, means: Tensor, whitening: Tensor, threshold: float = 1.0) -> None:
        super().__init__()
        self.register_buffer("whitening", whitening)  # (d, d): W with W W' the inverse covariance
        self.register_buffer("centres", means @ whitening)  # (K, d)
        self.register_buffer("threshold", torch.tensor(threshold))

    def forward(self, embedding: Tensor) -> Tensor:
        white = embedding @ self.whitening
        squared = (white.unsqueeze(1) - self.centres).square().sum(dim=2)  # (N, K)
        return squared.amin(dim=1).sqrt() / self.threshold


def fit_ood(train: Tensor, labels: Tensor, val: Tensor, kept_share: float = KEPT_SHARE) -> OodScore:
    """The score for a set of embeddings: `train` (N, d) with `labels`, `val` (M, d) for the threshold."""
    means = torch.stack([train[labels == k].mean(dim=0) for k in range(int(labels.max()) + 1)])
    # Ledoit and Wolf 2004 shrink towards a multiple of the identity: there are hardly more photos than dimensions.
    covariance = LedoitWolf(assume_centered=True).fit((train - means[labels]).double().numpy()).covariance_
    values, vectors = np.linalg.eigh(covariance)
    whitening = torch.from_numpy(vectors / np.sqrt(values)).float()
    score = OodScore(means, whitening)
    score.threshold.fill_(float(torch.quantile(score(val), kept_share)))
    return score
