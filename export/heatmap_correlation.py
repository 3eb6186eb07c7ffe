"""How alike the heatmaps of two forms of one network are."""

import numpy as np
from numpy.typing import NDArray

from export.batches import BATCH
from fovea import Model


def heatmap_correlations(reference: Model, other: Model, pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Pearson's correlation (N,) of the two heatmaps of the class that `reference` answers with; 0 where one is flat.

    `pixels` uint8 (N, H, W, C).
    """
    return np.concatenate(
        [_of_batch(reference, other, pixels[start : start + BATCH]) for start in range(0, len(pixels), BATCH)]
    )


def _of_batch(reference: Model, other: Model, pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    outputs = reference.run(pixels)
    chosen = np.arange(len(pixels)), outputs["probabilities"].argmax(axis=1)
    first, second = (_standardised(maps["heatmaps"][chosen]) for maps in (outputs, other.run(pixels)))
    correlations: NDArray[np.float64] = (first * second).sum(axis=(1, 2))
    return correlations


def _standardised(heat: NDArray[np.float32]) -> NDArray[np.float64]:
    """Each map (N, h, w) with mean 0 and length 1; a flat one is all 0."""
    centred = heat.astype(np.float64) - heat.mean(axis=(1, 2), keepdims=True)
    length = np.sqrt((centred**2).sum(axis=(1, 2), keepdims=True))
    result: NDArray[np.float64] = np.zeros_like(centred)
    np.divide(centred, length, out=result, where=length > 1e-6)
    return result
