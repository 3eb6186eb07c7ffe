"""A shipped chest file with its scores made again: the network, its form and its probabilities stay as they are.

It needs the films and the evidence, which holds the settings of the training, and no checkpoint.
"""

import json
from pathlib import Path
from typing import Any

import onnx

from export import chest_xray
from export.export_classifier import OUTSIDE_IMAGES, fitted_sets, judged_whole
from export.layout import without_layout
from export.metadata import spec_of
from export.parity import Parity
from export.result import ExportResult
from training.data.outside import exposed_and_judged
from training.models.normalize import StandardizeFilm

EVIDENCE = Path("docs/chest_xray/evidence.json")
OF_LAYOUT = "The score is the larger of two"  # how a note on it begins


def with_score_again(file: Path, evidence: Path, data_dir: Path) -> ExportResult:
    """Parity and notes are those of the evidence, for the network is the same.

    Raises FileNotFoundError where the evidence or the films are missing.
    """
    stored: dict[str, Any] = json.loads(evidence.read_text())
    settings, made = stored["settings"], stored["export"]
    proto = without_layout(onnx.load(file))
    spec = spec_of(proto)
    splits = chest_xray.pixels(settings, spec, data_dir)
    _, outside = exposed_and_judged(data_dir, OUTSIDE_IMAGES, without=spec.task)
    standardize = None if settings["film_border"] is None else StandardizeFilm(settings["film_border"])
    proto, notes = judged_whole(proto, splits, fitted_sets(outside, spec), chest_xray.JUDGE, standardize)
    kept = (note for note in made["notes"] if not note.startswith(OF_LAYOUT))
    return ExportResult(proto, Parity(made["n"], made["differences"]), (*kept, *notes))
