"""What a heatmap of a film is to be taken for: how strong it is drawn, and whether it looks at the border."""

import numpy as np
from numpy.typing import NDArray

RIM = 0.1  # of a side


def heat_in_words(name: str, probability: float, heatmap: NDArray[np.float32]) -> str:
    """For the heatmap (h, w) of a class."""
    percent = f"{probability * 100:.0f} %"
    strength = f"{name[0].upper()}{name[1:]} has {percent}, so its heat reaches {percent} of the scale."
    share, area = rim(heatmap)
    lies = f"{share * 100:.0f} % of the heat lies along the border, which is {area * 100:.0f} % of the film."
    if hottest_is_at_the_rim(heatmap):
        return f"{strength} Its hottest place is at the border, where side markers and edges are. {lies}"
    return f"{strength} {lies} Side markers and edges are there." if share > area else strength


def rim(heatmap: NDArray[np.float32]) -> tuple[float, float]:
    """The share of the heat in cells within RIM of the border, and the share of all cells that they are."""
    inner = heatmap[np.ix_(*map(_is_inside, heatmap.shape))]
    total = float(heatmap.sum())
    return 1 - float(inner.sum()) / total if total else 0.0, 1 - inner.size / heatmap.size


def hottest_is_at_the_rim(heatmap: NDArray[np.float32]) -> bool:
    row, column = np.unravel_index(int(heatmap.argmax()), heatmap.shape)
    return not (_is_inside(heatmap.shape[0])[row] and _is_inside(heatmap.shape[1])[column])


def _is_inside(cells: int) -> NDArray[np.bool_]:
    """Of each cell of an axis, whether its middle lies farther than RIM from both ends."""
    middles = (np.arange(cells) + 0.5) / cells
    inside: NDArray[np.bool_] = np.minimum(middles, 1 - middles) > RIM
    return inside
