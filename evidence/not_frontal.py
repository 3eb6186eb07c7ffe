"""Laterals, CT slices and spoiled films: how many the file's score refuses, and how many get no answer at all."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evidence.outputs import Outputs, film_pixels, pixels_of, run
from evidence.outside import told_apart
from evidence.performance import share_of
from fovea import Model
from training.data.chest_xray import Films
from training.data.not_frontal import load_not_frontal
from training.data.spoiled_films import spoiled

KINDS = {"ct": "CT slices", "lateral": "laterals"}
ALL = "all"
SPOILED_FILMS = 300


def evidence(model: Model, films: Films, inside: NDArray[np.float64], data_dir: Path) -> dict[str, Any]:
    """A row for each kind and one for all; `inside` are the scores of `films`, the test fold."""
    found = load_not_frontal(data_dir)
    outputs = {kind: run(model, pixels_of(model, pictures.images)) for kind, pictures in found.items()}
    patients = {kind: pictures.patients for kind, pictures in found.items()}
    rows = {KINDS.get(kind, kind): _row(model, outputs[kind], patients[kind], films, inside) for kind in found}
    everyone = tuple(patient for kind in found for patient in patients[kind])
    return rows | {ALL: _row(model, Outputs.joined(list(outputs.values())), everyone, films, inside)}


def on_spoiled(model: Model, films: Films, inside: NDArray[np.float64]) -> dict[str, Any]:
    """A row for each way to spoil the test `films`; `inside` are their scores as they are."""
    some = films.take(range(0, len(films), max(1, len(films) // SPOILED_FILMS)))
    patients = tuple(some.patients)
    kinds = spoiled(film_pixels(model, some))
    return {kind: _row(model, run(model, changed), patients, films, inside) for kind, changed in kinds.items()}


def _row(
    model: Model, outputs: Outputs, patients: tuple[str, ...], films: Films, inside: NDArray[np.float64]
) -> dict[str, Any]:
    return {
        "n": len(patients),
        "patients": len(set(patients)),
        "auroc": told_apart(inside, films.patients, outputs.ood_scores, patients),
        "refused": share_of(outputs.is_unlike_training, patients),
        "not answered": share_of(~outputs.is_answered(model.spec), patients),
    }
