"""The maps of one layer, small enough to send: eight bits a value, each map over its own range."""

import base64
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

FAST = 1  # zlib's level: maps behind a ReLU are half zeros, and waiting costs more than bytes


def as_maps(activation: NDArray[np.float32]) -> NDArray[np.float32]:
    """(C, H, W); the units (C,) of a dense layer are maps of one pixel."""
    return activation.reshape(len(activation), 1, 1) if activation.ndim == 1 else activation


def pack(layer: str, feature_maps: Mapping[str, NDArray[np.float32]]) -> dict[str, Any]:
    """The maps of `layer` for the page, with the range of each, of the layer and of the whole network.

    "maps" is base64 of deflated bytes (C, H, W): byte q of map c stands for low[c] + q / 255 * (high[c] - low[c]).
    """
    maps = as_maps(feature_maps[layer])
    low, high = maps.min(axis=(1, 2)), maps.max(axis=(1, 2))
    span = np.where(high > low, high - low, 1)
    levels = np.rint((maps - low[:, None, None]) * (255 / span)[:, None, None]).astype(np.uint8)
    everything = feature_maps.values()
    return {
        "maps": base64.b64encode(zlib.compress(levels.tobytes(), FAST)).decode(),
        "low": _short(low),
        "high": _short(high),
        "mean": _short(maps.mean(axis=(1, 2))),
        "dead": dead_maps(maps),
        "layer": _short([low.min(), high.max()]),
        "network": _short([min(x.min() for x in everything), max(x.max() for x in everything)]),
    }


def dead_maps(maps: NDArray[np.float32]) -> int:
    """How many of the maps (C, H, W) are nowhere above 0: what a ReLU leaves black."""
    return int((maps.max(axis=(1, 2)) <= 0).sum())


def _short(values: Any) -> list[float]:
    """Five digits: JSON would spend sixteen."""
    return [float(f"{value:.5g}") for value in values]
