"""MNIST's own normalisation of a digit, for dark ink on a light ground or light ink on a dark one.

LeCun, Bottou, Bengio and Haffner 1998, section III.A: the digit is size-normalised to fit a 20 x 20 box with its aspect
ratio kept, grey levels coming from the anti-aliasing, and placed in a 28 x 28 field so that its centre of mass is the
centre. In the published files that centre is pixel 14 (counted from 0) after rounding: measured over the 10,000 test
images, the centre of mass always lies in 13.5..14.5 on both axes.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fovea.errors import EmptyDrawingError
from fovea.separate_parts import parts_side_by_side

BOX_SHARE = 20 / 28
MIN_CONTRAST = 32  # grey levels between ink and background; less is paper grain or JPEG noise
FAINTEST_INK = 0.15  # share of the strongest ink; blurred edges and JPEG ringing below it do not widen the box


class MnistSteps(NamedTuple):
    """A drawing on its way: where its ink lies, that scaled to the box's size, and that in its place in the field."""

    bounds: tuple[int, int, int, int]  # top, bottom, left and right of the ink in the drawing
    digit: NDArray[np.uint8]
    field: NDArray[np.uint8]


def fit_mnist(grey: NDArray[np.uint8], size: int = 28) -> NDArray[np.uint8]:
    """White ink on black, uint8 (size, size), from ink of either polarity in `grey` (H, W).

    Raises:
        EmptyDrawingError: nothing stands out from the background by 32 grey levels.
    """
    return mnist_steps(grey, size).field


def mnist_steps(grey: NDArray[np.uint8], size: int = 28) -> MnistSteps:
    """What `fit_mnist` does, step by step."""
    ink = _ink(grey)
    box = round(size * BOX_SHARE)
    bounds = _bounding_box(ink)
    top, bottom, left, right = bounds
    scale = box / max(bottom - top, right - left)
    height = max(1, round((bottom - top) * scale))
    width = max(1, round((right - left) * scale))
    # BOX averages whole source areas when it shrinks, as the anti-aliasing of the original did.
    resampling = Image.Resampling.BOX if scale <= 1 else Image.Resampling.BILINEAR
    digit = np.asarray(Image.fromarray(ink).resize((width, height), resampling, box=(left, top, right, bottom)))
    return MnistSteps(bounds, digit, _centre_by_mass(digit, size))


def side_by_side(grey: NDArray[np.uint8]) -> int:
    """How many parts of the drawing `grey` (H, W) stand apart from left to right. Raises EmptyDrawingError."""
    ink = _ink(grey)
    top, bottom, left, right = _bounding_box(ink)
    return parts_side_by_side(_marked(ink)[top:bottom, left:right])


def _ink(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Ink as 0 (none)..255 (full), whichever of ink and background is the lighter.

    The background is the median of the border, because a digit may fill its image but seldom its edge.
    """
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    background = float(np.median(border))
    darker, lighter = background - float(grey.min()), float(grey.max()) - background
    contrast = max(darker, lighter)
    if contrast < MIN_CONTRAST:
        raise EmptyDrawingError(
            f"The drawing is empty: its strongest mark is {contrast:.0f} grey levels from the background. "
            f"At least {MIN_CONTRAST} are needed."
        )
    sign = 1.0 if lighter >= darker else -1.0
    ink: NDArray[np.float32] = np.clip(sign * (grey.astype(np.float32) - background), 0, contrast)
    scaled: NDArray[np.uint8] = np.rint(ink * (255 / contrast)).astype(np.uint8)
    return scaled


def _bounding_box(ink: NDArray[np.uint8]) -> tuple[int, int, int, int]:
    marked = _marked(ink)
    rows, columns = np.flatnonzero(marked.any(axis=1)), np.flatnonzero(marked.any(axis=0))
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def _marked(ink: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return ink > FAINTEST_INK * 255


def _centre_by_mass(digit: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    height, width = digit.shape
    mass = digit.astype(np.float64)
    centre_y = float((mass.sum(axis=1) * np.arange(height)).sum() / mass.sum())
    centre_x = float((mass.sum(axis=0) * np.arange(width)).sum() / mass.sum())
    # A digit of box size whose mass sits at one end would leave the field; it then stops at the edge.
    top = min(max(round(size / 2 - centre_y), 0), size - height)
    left = min(max(round(size / 2 - centre_x), 0), size - width)
    field = np.zeros((size, size), dtype=np.uint8)
    field[top : top + height, left : left + width] = digit
    return field
