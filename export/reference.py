"""What a model file remembers of its validation images, so that a server can tell when its own images are others."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from fovea import Reference

DECILES = np.arange(1, 10) / 10


def reference_of(outputs: Mapping[str, NDArray[np.float32]], num_classes: int) -> Reference:
    """From `probabilities` (N, K) and `ood_score` (N,) of validation images."""
    predicted = outputs["probabilities"].argmax(axis=1)
    shares = np.bincount(predicted, minlength=num_classes) / len(predicted)
    edges = np.quantile(outputs["ood_score"], DECILES)
    return Reference(len(predicted), *(tuple(round(float(one), 6) for one in values) for values in (shares, edges)))
