"""The confidence below which a network had better not answer."""

import torch
from torch import Tensor

ANSWER_ERRORS, MAX_UNANSWERED = 0.03, 0.2


def abstention_threshold(probabilities: Tensor, labels: Tensor) -> float:
    """The lowest confidence above which at most ANSWER_ERRORS of the validation answers are wrong.

    Never one that leaves more than MAX_UNANSWERED of the validation films without an answer.
    """
    confidence, predicted = probabilities.max(dim=1)
    order = confidence.argsort(descending=True)
    wrong = (predicted != labels)[order].float()
    errors = wrong.cumsum(0) / torch.arange(1, len(wrong) + 1)
    good = (errors <= ANSWER_ERRORS).nonzero()
    answered = max(int(good[-1]) + 1 if len(good) else 0, round((1 - MAX_UNANSWERED) * len(wrong)))
    return float(confidence[order][answered - 1])
