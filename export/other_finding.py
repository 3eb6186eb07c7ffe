"""A second score in the graph: whether an image shows something else than the classes, 1.0 at its threshold."""

import math

import torch
from torch import Tensor, nn

OUTPUT = "other_finding"
THRESHOLD = "other.threshold"  # its name in an exported graph
KEPT_SHARE = 0.95  # of validation images, which all show one of the classes


class OtherFindingScore(nn.Module):
    """Logits (N, K + 1) to the probability of the last beside all classes, divided by the threshold: (N,)."""

    threshold: Tensor

    def __init__(self, threshold: float) -> None:
        super().__init__()
        self.register_buffer("threshold", torch.tensor(threshold))

    def forward(self, logits: Tensor) -> Tensor:
        known, other = logits[:, :-1], logits[:, -1]
        return torch.sigmoid(other - known.logsumexp(dim=1)) / self.threshold


def unfitted_other_finding() -> OtherFindingScore:
    """Its threshold is set on the finished file. An exporter simplifies a 1, and joins constants that are equal."""
    return OtherFindingScore(math.sqrt(3))
