"""Export of the toy network."""

from pathlib import Path

from export.export_classifier import export_classifier, fitted_splits
from export.int8_trial import BY_ACCURACY
from export.result import ExportResult, Precision
from training.checkpoint import Checkpoint
from training.data import Splits
from training.data.photos import Photos
from training.data.toy_shapes import load_toy_shapes


def splits(_checkpoint: Checkpoint, data_dir: Path) -> Splits[Photos]:
    return load_toy_shapes(data_dir)


def export(checkpoint: Checkpoint, data_dir: Path, precision: Precision) -> ExportResult:
    fitted = fitted_splits(splits(checkpoint, data_dir), checkpoint.spec)
    return export_classifier(checkpoint, fitted, data_dir, precision, BY_ACCURACY)
