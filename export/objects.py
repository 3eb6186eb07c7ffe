"""Export of the object network; the auxiliary classifiers, which only training needs, stay behind."""

from pathlib import Path

from export.export_classifier import export_classifier
from export.int8_trial import BY_ACCURACY
from export.result import ExportResult, Precision
from training.checkpoint import Checkpoint
from training.data import Splits
from training.data.cifar10 import load_cifar10
from training.data.pictures import Pictures, examples, in_memory


def splits(checkpoint: Checkpoint, data_dir: Path) -> Splits[Pictures]:
    return in_memory(load_cifar10(data_dir, checkpoint.config["val_share"]))


def export(checkpoint: Checkpoint, data_dir: Path, precision: Precision) -> ExportResult:
    """Raises ParityError where onnxruntime and torch disagree."""
    pixels = examples(splits(checkpoint, data_dir))  # which have the size that the network takes
    return export_classifier(checkpoint, pixels, data_dir, precision, BY_ACCURACY)
