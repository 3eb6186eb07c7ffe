"""Export of the flower network."""

from pathlib import Path

from export.export_classifier import BY_ACCURACY, export_classifier, fitted_splits
from export.result import ExportResult, Precision
from training.checkpoint import Checkpoint
from training.data.flowers import load_flowers


def export(checkpoint: Checkpoint, data_dir: Path, precision: Precision) -> ExportResult:
    """Raises ParityError where onnxruntime and torch disagree."""
    splits = fitted_splits(load_flowers(data_dir), checkpoint.spec)
    return export_classifier(checkpoint, splits, data_dir, precision, BY_ACCURACY)
