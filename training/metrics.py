"""Figures with their intervals, and calibration."""

import math
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional


def accuracy_interval(correct: int, n: int) -> tuple[float, float]:
    """Wilson's 95 % score interval of a proportion (Wilson 1927)."""
    z = 1.959964
    share = correct / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return centre - half, centre + half


def confusion_matrix(predicted: Tensor, labels: Tensor, num_classes: int) -> Tensor:
    """Counts int64 (num_classes, num_classes); rows are the true class, columns the predicted one."""
    cells = labels * num_classes + predicted
    return torch.bincount(cells, minlength=num_classes**2).view(num_classes, num_classes)


def expected_calibration_error(probabilities: Tensor, labels: Tensor, bins: int = 15) -> float:
    """Mean gap between confidence and accuracy over equal-width bins (Guo et al. 2017, equation 3), in 0..1."""
    confidence, predicted = probabilities.max(dim=1)
    correct = (predicted == labels).float()
    index = (confidence * bins).long().clamp(max=bins - 1)
    weight = torch.bincount(index, minlength=bins).float()
    gap = torch.bincount(index, weights=correct - confidence, minlength=bins).abs()
    return float(gap.sum() / weight.sum())


def fit_temperature(logits: Tensor, labels: Tensor) -> float:
    """The T that minimises the negative log-likelihood of softmax(logits / T) (Guo et al. 2017, section 4.2)."""
    candidates = torch.logspace(-1, 2, 601)  # the penalties of an RBF output need more than 10
    losses = torch.stack([functional.cross_entropy(logits / t, labels) for t in candidates])
    return float(candidates[losses.argmin()])


def share_right(right: int, n: int) -> dict[str, Any]:
    """Accuracy with Wilson's interval, as results are stored: `accuracy`, and both ends of `interval`."""
    return {"accuracy": round(right / n, 6), "interval": [round(bound, 6) for bound in accuracy_interval(right, n)]}
