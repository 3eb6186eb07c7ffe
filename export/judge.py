"""How a form of a network is judged before it ships: by its figure, and by whether its answers are steady."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from export.batches import run
from export.model_file import opened

COMPARED_IMAGES = 200  # with and without optimizations, and heatmap by heatmap


@dataclass(frozen=True)
class Judge:
    """How a task chooses: its figure on validation images, what a form may lose of it, how many images to accept."""

    name: str
    figure: Callable[[NDArray[Any], NDArray[np.int64]], float]  # of probabilities (N, K) and labels
    max_loss: float
    kept_share: float


def accuracy(probabilities: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    return float((probabilities.argmax(axis=1) == labels).mean())


BY_ACCURACY = Judge("accuracy", accuracy, max_loss=0.002, kept_share=0.95)


def compared(images: NDArray[Any]) -> NDArray[Any]:
    """Some of N images, or of what was found for each of them: evenly spread."""
    return images[:: max(1, len(images) // COMPARED_IMAGES)]


def moved(proto: onnx.ModelProto, probabilities: NDArray[np.float32], pixels: NDArray[np.uint8]) -> float:
    """How far optimizations move a probability of the compared images; with them they are `probabilities` (N, K)."""
    plain = run(opened(proto, optimize=False), compared(pixels))["probabilities"]
    return float(np.abs(compared(probabilities) - plain).max())
