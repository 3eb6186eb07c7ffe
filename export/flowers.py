"""Export of the flower network."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from export.transfer import Judge, export_transfer
from export.written import Precision, Written
from training.checkpoint import Checkpoint
from training.data.flowers import load_flowers


def accuracy(probabilities: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    return float((probabilities.argmax(axis=1) == labels).mean())


JUDGE = Judge("accuracy", accuracy, max_loss=0.002, kept_share=0.95)


def write(checkpoint: Checkpoint, path: Path, data_dir: Path, precision: Precision) -> Written:
    """Write `path`. Raises ParityError, and leaves no file, where onnxruntime and torch disagree."""
    return export_transfer(checkpoint, load_flowers(data_dir), path, data_dir, precision, JUDGE)
