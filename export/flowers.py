"""Export of the flower network."""

from pathlib import Path

from export.transfer import BY_ACCURACY, export_transfer, fitted_splits
from export.written import Precision, Written
from training.checkpoint import Checkpoint
from training.data.flowers import load_flowers


def write(checkpoint: Checkpoint, path: Path, data_dir: Path, precision: Precision) -> Written:
    """Write `path`. Raises ParityError, and leaves no file, where onnxruntime and torch disagree."""
    splits = fitted_splits(load_flowers(data_dir), checkpoint.spec)
    return export_transfer(checkpoint, splits, path, data_dir, precision, BY_ACCURACY)
