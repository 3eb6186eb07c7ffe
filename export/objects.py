"""Export of the object network; the auxiliary classifiers, which only training needs, stay behind."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from export.export_classifier import export_classifier
from export.judge import BY_ACCURACY
from export.result import ExportResult, Precision
from fovea import ModelSpec
from training.checkpoint import Checkpoint
from training.data import LabelledPixels, Splits
from training.data.cifar10 import load_cifar10
from training.data.pictures import Pictures, examples, in_memory

JUDGE = BY_ACCURACY


def splits(settings: Mapping[str, Any], data_dir: Path) -> Splits[Pictures]:
    return in_memory(load_cifar10(data_dir, settings["val_share"]))


def pixels(settings: Mapping[str, Any], _spec: ModelSpec, data_dir: Path) -> Splits[LabelledPixels]:
    """They have the size that the network takes."""
    return examples(splits(settings, data_dir))


def export(checkpoint: Checkpoint, data_dir: Path, precision: Precision) -> ExportResult:
    """Raises ParityError where onnxruntime and torch disagree."""
    fitted = pixels(checkpoint.config, checkpoint.spec, data_dir)
    return export_classifier(checkpoint, fitted, data_dir, precision, JUDGE)
