"""What a network that shows its layers names in an image, where its file goes on to an answer."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from fovea import ModelSpec


def top_class(spec: ModelSpec, feature_maps: Mapping[str, NDArray[np.float32]]) -> tuple[str, float] | None:
    """The most probable class and its calibrated probability; None where the last layer gives no logits."""
    last = spec.layers[-1]
    if last.kind != "dense" or last.shape != (len(spec.classes),):
        return None
    logits = feature_maps[last.output].astype(np.float64) / spec.temperature  # these files leave it out of the graph
    shares = np.exp(logits - logits.max())
    best = int(shares.argmax())
    return spec.classes[best], float(shares[best] / shares.sum())
