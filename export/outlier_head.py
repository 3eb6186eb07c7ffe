"""A linear head on the embedding that was shown images of other kinds: outlier exposure (Hendrycks et al. 2019)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

Embedding = NDArray[np.float32]

REGULARIZATION = 0.01  # C of the logistic regression: there are hardly more images than dimensions
LIMIT = 20.0  # of the exponent, so that no score overflows


@dataclass(frozen=True)
class OutlierHead:
    """`weight` (d,) and `bias` for an embedding of d numbers."""

    weight: NDArray[np.float32]
    bias: np.float32

    def __call__(self, embedding: Embedding) -> NDArray[np.float32]:
        """Embedding (N, d) to a positive number (N,), 1.0 at the cut that the head was fitted for."""
        ratio: NDArray[np.float32] = np.exp(np.clip(embedding @ self.weight + self.bias, -LIMIT, LIMIT))
        return ratio


def fit_outlier_head(inside: Embedding, outside: Sequence[Embedding], val: Embedding, kept_share: float) -> OutlierHead:
    """The head for `inside` (N, d) against the sets `outside`, which weigh alike.

    Under 1.0 lies `kept_share` of `val` (M, d). A standard deviation of their logits is a factor of e.
    """
    mean, deviation = inside.mean(axis=0), inside.std(axis=0) + 1e-6
    rows = np.concatenate([inside, *outside])
    truth = np.r_[np.zeros(len(inside)), np.ones(len(rows) - len(inside))]
    shares = [np.full(len(one), len(inside) / len(one) / len(outside)) for one in outside]
    model = LogisticRegression(C=REGULARIZATION, max_iter=1000)
    model.fit((rows - mean) / deviation, truth, sample_weight=np.concatenate([np.ones(len(inside)), *shares]))
    weight = model.coef_[0] / deviation
    logits = val @ weight
    scale, cut = logits.std(), np.quantile(logits, kept_share)
    return OutlierHead((weight / scale).astype(np.float32), np.float32(-cut / scale))
