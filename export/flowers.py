"""Export of the flower network."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from export.export_classifier import export_classifier, fitted_splits
from export.judge import BY_ACCURACY
from export.result import ExportResult, Precision
from fovea import ModelSpec
from training.checkpoint import Checkpoint
from training.data import LabelledPixels, Splits
from training.data.flowers import load_flowers
from training.data.photos import Photos
from training.fine_tuning import limit

JUDGE = BY_ACCURACY


def splits(settings: Mapping[str, Any], data_dir: Path) -> Splits[Photos]:
    return limit(load_flowers(data_dir), settings["limit"])


def pixels(settings: Mapping[str, Any], spec: ModelSpec, data_dir: Path) -> Splits[LabelledPixels]:
    return fitted_splits(splits(settings, data_dir), spec)


def export(checkpoint: Checkpoint, data_dir: Path, precision: Precision) -> ExportResult:
    """Raises ParityError where onnxruntime and torch disagree."""
    fitted = pixels(checkpoint.config, checkpoint.spec, data_dir)
    return export_classifier(checkpoint, fitted, data_dir, precision, JUDGE)
