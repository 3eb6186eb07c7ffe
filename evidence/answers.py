"""What a file's ways to abstain leave of a set of films, and how good the answers are that remain."""

from typing import Any

from evidence.outputs import Outputs
from evidence.performance import share_of
from fovea import Model
from training.data.chest_xray import Films


def answered(model: Model, outputs: Outputs, films: Films) -> dict[str, Any]:
    labels, patients = films.photos.labels.numpy(), films.patients
    is_unlike, is_other = outputs.is_unlike_training, outputs.shows_other_finding
    kept = outputs.is_answered(model.spec)
    right = outputs.probabilities.argmax(1) == labels
    return {
        "n": len(films),
        "unlike a frontal chest film": share_of(is_unlike, patients),
        "another finding": share_of(~is_unlike & is_other, patients),
        "not sure": share_of(~is_unlike & ~is_other & ~kept, patients),
        "answered": share_of(kept, patients),
        "accuracy of the answers": share_of(right, patients, among=kept),
    }
