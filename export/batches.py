"""Many images through an exported model."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fovea import Model
from fovea.expected import SCORES

BATCH = 16


def run(
    model: Model, pixels: NDArray[np.uint8], names: Sequence[str] = ("probabilities", "embedding", *SCORES)
) -> dict[str, NDArray[np.float32]]:
    """Those outputs of `names` that the model has, in batches."""
    kept = [name for name in model.outputs if name in names]
    batches = [model.run(pixels[start : start + BATCH]) for start in range(0, len(pixels), BATCH)]
    return {name: np.concatenate([batch[name] for batch in batches]) for name in kept}
