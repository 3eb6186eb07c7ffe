"""Laterals and CT slices: how many the file's score refuses, and how many get no answer for either reason."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evidence.outputs import Outputs, pixels_of, run
from evidence.outside import told_apart
from evidence.performance import share_of
from fovea import Model
from fovea.decision import is_answered, is_unlike_training
from training.data.chest_xray import Films
from training.data.not_frontal import load_not_frontal

KINDS = {"ct": "CT slices", "lateral": "laterals"}
ALL = "all"


def evidence(model: Model, films: Films, inside: NDArray[np.float64], data_dir: Path) -> dict[str, Any]:
    """A row for each kind and one for all; `inside` are the scores of `films`, the test fold."""
    found = load_not_frontal(data_dir)
    outputs = {kind: run(model, pixels_of(model, pictures.images)) for kind, pictures in found.items()}
    patients = {kind: pictures.patients for kind, pictures in found.items()}
    rows = {KINDS.get(kind, kind): _row(model, outputs[kind], patients[kind], films, inside) for kind in found}
    everyone = tuple(patient for kind in found for patient in patients[kind])
    return rows | {ALL: _row(model, Outputs.joined(list(outputs.values())), everyone, films, inside)}


def _row(
    model: Model, outputs: Outputs, patients: tuple[str, ...], films: Films, inside: NDArray[np.float64]
) -> dict[str, Any]:
    is_kept = is_answered(outputs.probabilities, outputs.ood_scores, model.spec)
    return {
        "n": len(patients),
        "patients": len(set(patients)),
        "auroc": told_apart(inside, films.patients, outputs.ood_scores, patients),
        "refused": share_of(is_unlike_training(outputs.ood_scores), patients),
        "not answered": share_of(~is_kept, patients),
    }
