"""Export of the flower network."""

from pathlib import Path

from export.transfer import export_transfer
from export.written import Precision, Written
from training.checkpoint import Checkpoint
from training.data.flowers import load_flowers


def write(checkpoint: Checkpoint, path: Path, data_dir: Path, precision: Precision) -> Written:
    """Write `path`. Raises ParityError, and leaves no file, where onnxruntime and torch disagree."""
    return export_transfer(checkpoint, load_flowers(data_dir), path, data_dir, precision)
