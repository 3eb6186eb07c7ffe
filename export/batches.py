"""Many images through an exported model."""

import numpy as np
from numpy.typing import NDArray

from fovea import Model

BATCH = 16


def run(model: Model, pixels: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
    """All outputs but the heatmaps, in batches."""
    batches = [model.run(pixels[start : start + BATCH]) for start in range(0, len(pixels), BATCH)]
    return {name: np.concatenate([batch[name] for batch in batches]) for name in model.outputs if name != "heatmaps"}
