"""Heatmaps as strong as their classes are probable, and the scale beside them."""

import numpy as np
from numpy.typing import NDArray

from fovea import Prediction
from space.pictures import COLOURS, heat_opacity

STOPS = 9  # colours of the scale, between which the browser blends


def contributions(prediction: Prediction) -> NDArray[np.float32]:
    """The heatmaps (K, h, w), each times the probability of its class: one of 2 % stays faint beside one of 89 %."""
    assert prediction.heatmaps is not None  # asked for only where the model has them
    scaled: NDArray[np.float32] = prediction.heatmaps * prediction.probabilities[:, np.newaxis, np.newaxis]
    return scaled


def legend() -> str:
    """HTML of the scale: from nothing to the hottest place of a class of 100 %."""
    levels = np.linspace(0, 255, STOPS).astype(np.uint8)
    opacity = heat_opacity(levels)
    stops = ", ".join(
        f"rgb({' '.join(map(str, COLOURS[level]))} / {alpha:.2f})" for level, alpha in zip(levels, opacity, strict=True)
    )
    scale = f'<span class="scale" style="background-image:linear-gradient(to right, {stops})"></span>'
    return (
        f'<div class="legend"><span>0 %</span>{scale}<span>100 %</span></div>'
        '<p class="note">The heat of a class is as strong as the class is probable. It shows roughly what the network '
        "used.</p>"
    )
