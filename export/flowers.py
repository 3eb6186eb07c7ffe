"""Export of the flower network."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from export.transfer import Judge, export_transfer, fitted_splits
from export.written import Precision, Written
from training.checkpoint import Checkpoint
from training.data.flowers import load_flowers


def accuracy(probabilities: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    return float((probabilities.argmax(axis=1) == labels).mean())


JUDGE = Judge("accuracy", accuracy, max_loss=0.002, kept_share=0.95)


def write(checkpoint: Checkpoint, path: Path, data_dir: Path, precision: Precision) -> Written:
    """Write `path`. Raises ParityError, and leaves no file, where onnxruntime and torch disagree."""
    splits = fitted_splits(load_flowers(data_dir), checkpoint.spec)
    return export_transfer(checkpoint, splits, path, data_dir, precision, JUDGE)
