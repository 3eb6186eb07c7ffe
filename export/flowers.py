"""Export of the flower network."""

from pathlib import Path

from export.export_classifier import export_classifier, fitted_splits
from export.int8_trial import BY_ACCURACY
from export.result import ExportResult, Precision
from training.checkpoint import Checkpoint
from training.data import Splits
from training.data.flowers import load_flowers
from training.data.photos import Photos
from training.fine_tuning import limit


def splits(checkpoint: Checkpoint, data_dir: Path) -> Splits[Photos]:
    return limit(load_flowers(data_dir), checkpoint.config["limit"])


def export(checkpoint: Checkpoint, data_dir: Path, precision: Precision) -> ExportResult:
    """Raises ParityError where onnxruntime and torch disagree."""
    fitted = fitted_splits(splits(checkpoint, data_dir), checkpoint.spec)
    return export_classifier(checkpoint, fitted, data_dir, precision, BY_ACCURACY)
