"""Export of the object network; the auxiliary classifiers, which only training needs, stay behind."""

from pathlib import Path

from export.export_classifier import BY_ACCURACY, export_classifier
from export.result import ExportResult, Precision
from training.checkpoint import Checkpoint
from training.data.cifar10 import load_cifar10


def export(checkpoint: Checkpoint, data_dir: Path, precision: Precision) -> ExportResult:
    """Raises ParityError where onnxruntime and torch disagree."""
    splits = load_cifar10(data_dir, checkpoint.config["val_share"])
    return export_classifier(checkpoint, splits, data_dir, precision, BY_ACCURACY)
