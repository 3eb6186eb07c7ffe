"""What a model file remembers of its validation images, so that a server can tell when its own images are others."""

import numpy as np
from numpy.typing import NDArray

from export.batches import run
from fovea import Model, Reference

DECILES = np.arange(1, 10) / 10


def reference_of(model: Model, pixels: NDArray[np.uint8]) -> Reference:
    """From the outputs for validation `pixels` (N, H, W, C); the model must have an `ood_score`."""
    outputs = run(model, pixels)
    predicted = outputs["probabilities"].argmax(axis=1)
    shares = np.bincount(predicted, minlength=len(model.spec.classes)) / len(pixels)
    edges = np.quantile(outputs["ood_score"], DECILES)
    return Reference(
        len(pixels), tuple(round(float(share), 6) for share in shares), tuple(round(float(edge), 6) for edge in edges)
    )
