"""Out-of-distribution score in the graph: Mahalanobis distance to the nearest class (Lee et al. 2018, section 2.1)."""

import math

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from sklearn.covariance import LedoitWolf
from torch import Tensor, nn

from export.metadata import spec_of, with_spec
from export.model_file import copied

KEPT_SHARE = 0.95  # of validation images, unless a task asks for another
LEAST_SPREAD = 1e-9
# their names in an exported graph
THRESHOLD = "ood.threshold"
WHITENING = "ood.whitening"
CENTRES = "ood.centres"


class OodScore(nn.Module):
    """Embedding (N, d) to a score (N,): the distance to the nearest class mean, divided by the threshold.

    Under 1.0 lies the kept share of the validation images; from 1.0 on an image is unlike the training data.
    """

    whitening: Tensor
    centres: Tensor
    threshold: Tensor

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
    values = np.maximum(values, LEAST_SPREAD * (values.max() or 1))  # one photo of each class has no spread at all
    whitening = torch.from_numpy(vectors / np.sqrt(values)).float()
    score = OodScore(means, whitening)
    score.threshold.fill_(threshold_of(score(val).numpy(), kept_share))
    return score


def unfitted_ood(dimensions: int, classes: int) -> OodScore:
    """One to be replaced by `with_ood`. An exporter simplifies a 0 or 1, and joins constants that are equal."""
    return OodScore(torch.ones(classes, dimensions), math.e * torch.ones(dimensions, dimensions), threshold=math.pi)


def with_ood(proto: onnx.ModelProto, ood: OodScore) -> onnx.ModelProto:
    """The model with the constants of `ood` in place of those that it was exported with."""
    result = copied(proto)
    tensors = {tensor.name: tensor for tensor in result.graph.initializer}
    for name, value in ((WHITENING, ood.whitening), (CENTRES, ood.centres), (THRESHOLD, ood.threshold)):
        tensors[name].CopyFrom(onnx.numpy_helper.from_array(value.numpy(), name))
    return with_spec(result, spec_of(proto))


def threshold_of(scores: NDArray[np.float32], kept_share: float) -> float:
    """Midway between the last score to keep and the next one, so that at least `kept_share` of `scores` lie below it.

    A quantile that interpolates may keep one image too few, and one that equals a score depends on its rounding.
    """
    ordered = np.sort(scores).astype(np.float64)
    k = math.ceil(kept_share * len(ordered) - 1e-9)  # 0.07 * 100 is 7.000000000000001
    if k == len(ordered):
        return float(ordered[-1] * (1 + 1e-6))
    return float((ordered[k - 1] + ordered[k]) / 2)


def with_rescaled_threshold(
    proto: onnx.ModelProto, scores: NDArray[np.float32], kept_share: float, name: str = THRESHOLD
) -> onnx.ModelProto:
    """The model with the threshold `name` where it keeps `kept_share` of its validation images itself.

    `scores` are what it gives them. int8 moves embeddings: a threshold set on the float network keeps fewer.
    """
    result = copied(proto)
    (threshold,) = (tensor for tensor in result.graph.initializer if tensor.name == name)
    value = onnx.numpy_helper.to_array(threshold) * threshold_of(scores, kept_share)
    threshold.CopyFrom(onnx.numpy_helper.from_array(np.asarray(value, dtype=np.float32), name))
    return result
