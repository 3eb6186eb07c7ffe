"""May this be answered? The only place that compares a probability or a score with a threshold."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fovea.spec import ModelSpec

# export scales every score so that its threshold lies here
OOD_THRESHOLD = 1.0
OTHER_FINDING_THRESHOLD = 1.0
ABSTAIN = "abstain"


class Reason(StrEnum):
    """Why there is no class."""

    UNSURE = "unsure"
    UNLIKE_TRAINING = "unlike_training"
    OTHER_FINDING = "other_finding"


@dataclass(frozen=True)
class Decision:
    """`class_name` is one of the model's classes, or None where `reasons` say why the model does not answer."""

    class_name: str | None
    reasons: tuple[Reason, ...] = ()

    @property
    def outcome(self) -> str:
        """The class, or ABSTAIN: one word for JSON, metrics and logs."""
        return self.class_name or ABSTAIN


def decide(
    probabilities: NDArray[np.float32], ood_score: float | None, spec: ModelSpec, other_finding: float | None = None
) -> Decision:
    """The decision on one image: its `probabilities` (K,), and its scores where the model has them."""
    apply = reasons_that_apply(probabilities, ood_score, spec, other_finding)
    reasons = tuple(reason for reason, applies in apply.items() if applies)
    best = spec.classes[int(np.argmax(probabilities))]
    return Decision(None if reasons else best, reasons)


def is_answered(
    probabilities: ArrayLike, ood_scores: ArrayLike | None, spec: ModelSpec, other_findings: ArrayLike | None = None
) -> NDArray[np.bool_]:
    """Whether `decide` names a class, for many images at once: `probabilities` (N, K), scores (N,) each, to (N,)."""
    apply = reasons_that_apply(probabilities, ood_scores, spec, other_findings)
    is_refused: NDArray[np.bool_] = np.any(list(apply.values()), axis=0)
    return np.logical_not(is_refused)


def reasons_that_apply(
    probabilities: ArrayLike, ood_scores: ArrayLike | None, spec: ModelSpec, other_findings: ArrayLike | None = None
) -> dict[Reason, NDArray[np.bool_]]:
    """For each reason, which images it keeps from an answer; a model without scores has the first alone."""
    apply = {Reason.UNSURE: is_unsure(probabilities, spec.abstain_below)}
    if ood_scores is not None:
        apply[Reason.UNLIKE_TRAINING] = is_unlike_training(ood_scores)
    if other_findings is not None:
        apply[Reason.OTHER_FINDING] = shows_other_finding(other_findings)
    return apply


def is_unsure(probabilities: ArrayLike, abstain_below: float | None) -> NDArray[np.bool_]:
    """Whether the largest of `probabilities` (..., K) is under the spec's `abstain_below`: bool (...).

    A probability that is not a number is unsure too.
    """
    is_sure: NDArray[np.bool_] = np.max(probabilities, axis=-1) >= (abstain_below or 0.0)
    return np.logical_not(is_sure)


def is_unlike_training(ood_scores: ArrayLike) -> NDArray[np.bool_]:
    """Whether each score reaches OOD_THRESHOLD, in the shape of `ood_scores`. One that is not a number does."""
    return np.logical_not(np.asarray(ood_scores) < OOD_THRESHOLD)


def shows_other_finding(scores: ArrayLike) -> NDArray[np.bool_]:
    """Whether each score reaches OTHER_FINDING_THRESHOLD, in the shape of `scores`. One that is not a number does."""
    return np.logical_not(np.asarray(scores) < OTHER_FINDING_THRESHOLD)
