"""Drawings that are not one digit, and digits drawn with the same pen, which keeps a detector from judging by the pen.

What is held out for the figures shares no font, shape or digit with what is trained on.
"""

from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from fovea.mnist import fit_mnist
from training.data.doodles import HELD_OUT_SHAPES, TRAINING_SHAPES, scribble
from training.data.handwriting import Drawing, Pen, draw, large_pen
from training.data.stroke_fonts import DIGITS, HELD_OUT_FONTS, LETTERS, TRAINING_FONTS, glyph

Kind = Literal["letters", "scribbles", "shapes", "several digits"]
Digits = NDArray[np.uint8]
"""drawings as MNIST's: (N, 28, 28)"""
SHARES: dict[Kind, float] = {"letters": 0.4, "scribbles": 0.12, "shapes": 0.14, "several digits": 0.34}
ABOVE_EACH_OTHER = 0.12  # share of the drawings of several digits
THREE = 0.2


@dataclass(frozen=True)
class Sources:
    """What drawings are made of: names of fonts, shapes, `digits` to set side by side, and the pen of the others."""

    fonts: tuple[str, ...]
    shapes: tuple[Drawing, ...]
    digits: Digits
    pen: Pen


def training_sources(digits: Digits, pen: Pen = large_pen) -> Sources:
    return Sources(TRAINING_FONTS, TRAINING_SHAPES, digits, pen)


def held_out_sources(digits: Digits) -> Sources:
    return Sources(HELD_OUT_FONTS, HELD_OUT_SHAPES, digits, large_pen)


def not_digits(kind: Kind, n: int, sources: Sources, random: np.random.Generator) -> Digits:
    """`n` drawings of one kind."""
    if kind == "several digits":
        return np.stack([several(sources.digits, random) for _ in range(n)])
    return np.stack([draw(_drawing(kind, sources, random), random, sources.pen) for _ in range(n)])


def drawn_digits(n: int, sources: Sources, random: np.random.Generator) -> Digits:
    """`n` digits in the sources' fonts."""
    digit = partial(glyph, DIGITS, sources.fonts)
    return np.stack([draw(digit, random, sources.pen) for _ in range(n)])


def several(digits: Digits, random: np.random.Generator) -> NDArray[np.uint8]:
    """Two of `digits`, now and then three, side by side, closer or further apart; some above each other."""
    count = 3 if random.random() < THREE else 2
    across, along = np.cumsum(random.integers((-4, 14), (5, 26), (count, 2)), axis=0).T
    rows, columns = (along, across) if random.random() < ABOVE_EACH_OTHER else (across, along)
    rows, columns = rows - rows.min(), columns - columns.min()
    side = digits.shape[1]
    canvas = np.zeros((rows.max() + side + 2, columns.max() + side + 2), np.uint8)
    for digit, row, column in zip(digits[random.integers(len(digits), size=count)], rows, columns, strict=True):
        field = canvas[1 + row : 1 + row + side, 1 + column : 1 + column + side]
        np.maximum(field, digit, out=field)
    return fit_mnist(canvas)


def _drawing(kind: Kind, sources: Sources, random: np.random.Generator) -> Drawing:
    if kind == "letters":
        return partial(glyph, LETTERS, sources.fonts)
    if kind == "scribbles":
        return scribble
    return sources.shapes[random.integers(len(sources.shapes))]
