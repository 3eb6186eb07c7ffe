"""All maps of a layer as one PNG, for callers without a page: each map on its own scale."""

import numpy as np
from numpy.typing import NDArray

from space.feature_maps.maps import as_maps
from space.pictures import COLOURS, NEGATIVE_COLOURS

GAP = 2
LEAST_PX = 24  # a side: smaller maps are enlarged by whole steps


def sheet(activation: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Pixels uint8 (H, W, 3): the maps (C, h, w), or units (C,), row by row; zero is dark, below zero rose."""
    maps = as_maps(activation)
    count, height, width = maps.shape
    most = np.abs(maps).max(axis=(1, 2), keepdims=True)
    steps = np.rint(np.abs(maps) * (255 / np.where(most > 0, most, 1))).astype(np.uint8)
    tiles = np.where((maps < 0)[..., None], NEGATIVE_COLOURS[steps], COLOURS[steps])
    times = -(-LEAST_PX // min(height, width))
    tiles = tiles.repeat(times, axis=1).repeat(times, axis=2)
    height, width = height * times + GAP, width * times + GAP
    columns = int(np.ceil(np.sqrt(count)))
    rows = -(-count // columns)
    whole = np.full((rows * height - GAP, columns * width - GAP, 3), 255, dtype=np.uint8)
    for index, tile in enumerate(tiles):
        top, left = index // columns * height, index % columns * width
        whole[top : top + height - GAP, left : left + width - GAP] = tile
    return whole
