"""Export of the toy network."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from export.export_classifier import export_classifier, fitted_splits
from export.judge import BY_ACCURACY
from export.result import ExportResult, Precision
from fovea import ModelSpec
from training.checkpoint import Checkpoint
from training.data import LabelledPixels, Splits
from training.data.photos import Photos
from training.data.toy_shapes import load_toy_shapes

JUDGE = BY_ACCURACY


def splits(_settings: Mapping[str, Any], data_dir: Path) -> Splits[Photos]:
    return load_toy_shapes(data_dir)


def pixels(settings: Mapping[str, Any], spec: ModelSpec, data_dir: Path) -> Splits[LabelledPixels]:
    return fitted_splits(splits(settings, data_dir), spec)


def export(checkpoint: Checkpoint, data_dir: Path, precision: Precision) -> ExportResult:
    fitted = pixels(checkpoint.config, checkpoint.spec, data_dir)
    return export_classifier(checkpoint, fitted, data_dir, precision, JUDGE)
