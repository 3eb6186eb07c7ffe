"""Whether a drawing is several things side by side, of which the network reads one."""

import numpy as np
from numpy.typing import NDArray

MIN_GAP = 0.05  # of the drawing's height: less is a pen that skipped
MIN_HEIGHT = 0.5  # of the drawing's height: less is a dot or a stray stroke


def parts_side_by_side(marked: NDArray[np.bool_]) -> int:
    """How many parts of `marked` (H, W), the ink's own box, stand apart from left to right; 1 where none do."""
    height = len(marked)
    columns = marked.any(axis=0)
    edges = np.flatnonzero(np.diff(np.r_[False, columns, False].astype(np.int8)))
    starts, ends = edges[::2], edges[1::2]
    is_gap = starts[1:] - ends[:-1] >= MIN_GAP * height
    firsts, lasts = starts[np.r_[True, is_gap]], ends[np.r_[is_gap, True]]
    heights = [_height(marked[:, first:last]) for first, last in zip(firsts, lasts, strict=True)]
    return max(1, sum(each >= MIN_HEIGHT * height for each in heights))


def _height(marked: NDArray[np.bool_]) -> int:
    rows = np.flatnonzero(marked.any(axis=1))
    return int(rows[-1] - rows[0] + 1)
