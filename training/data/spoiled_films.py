"""Frontal films made into what is none: turned, upside down, or one half alone. They train no network."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Films = NDArray[np.uint8]
"""grey pixels (N, H, W, 1), H = W"""


def spoiled(films: Films) -> Mapping[str, Films]:
    """Each kind by its name, of the shape of `films`. A half is stretched to the whole."""
    return {kind: spoil(films) for kind, spoil in _KINDS.items()}


def _turned(films: Films) -> Films:
    """By a quarter: one half of the films to each side."""
    turns = np.where(np.arange(len(films)) % 2, 3, 1)
    return np.stack([np.rot90(film, turn) for film, turn in zip(films, turns, strict=True)])


def _part(of_height: slice, of_width: slice) -> Callable[[Films], Films]:
    def spoil(films: Films) -> Films:
        height, width = films.shape[1:3]
        left, right = of_width.start * width / 2, of_width.stop * width / 2
        top, bottom = of_height.start * height / 2, of_height.stop * height / 2
        size, box = (width, height), (left, top, right, bottom)
        parts = (Image.fromarray(film[:, :, 0]).resize(size, Image.Resampling.BILINEAR, box) for film in films)
        return np.stack([np.asarray(part)[:, :, None] for part in parts])

    return spoil


_ALL, _FIRST, _SECOND = slice(0, 2), slice(0, 1), slice(1, 2)
_KINDS: Mapping[str, Callable[[Films], Films]] = {
    "turned by a quarter": _turned,
    "upside down": lambda films: np.ascontiguousarray(films[:, ::-1, ::-1]),
    "left half": _part(_ALL, _FIRST),
    "right half": _part(_ALL, _SECOND),
    "upper half": _part(_FIRST, _ALL),
}
