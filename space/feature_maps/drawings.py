"""Two drawn examples: a chart of edges and colours, and a seven. `python -m space.feature_maps.drawings` draws them."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from space.feature_maps.examples import FOLDER
from space.strokes import drawn, example_strokes

CHART_PX = 454  # twice AlexNet's side
FIELDS = 3  # a side
WAVE_PX = 20


def chart() -> NDArray[np.uint8]:
    """Nine fields (H, W, 3): gratings of four directions, rings, a checkerboard, discs, a colour wheel, a ramp."""
    side = CHART_PX // FIELDS
    y, x = np.mgrid[0:side, 0:side] - side / 2
    radius, angle = np.hypot(x, y), np.arctan2(y, x)
    waves = [np.cos(2 * np.pi * (x * np.cos(a) + y * np.sin(a)) / WAVE_PX) for a in np.deg2rad([0, 90, 45, 135])]
    rings = np.cos(radius**2 / side)
    board = np.sign(np.sin(np.pi * x / WAVE_PX) * np.sin(np.pi * y / WAVE_PX))
    discs = np.where(np.hypot(x % 50 - 25, y % 50 - 25) < 16, 1.0, -1.0)
    ramp = 2 * (x - x.min()) / (side - 1) - 1
    wheel = np.stack([np.cos(angle + turn) for turn in (0, 2 * np.pi / 3, -2 * np.pi / 3)], axis=2)
    wheel = np.where((radius < side * 0.45)[:, :, None], wheel, 0)
    fields = [*(np.repeat(f[:, :, None], 3, axis=2) for f in (*waves, rings, board, discs)), wheel]
    fields.append(np.stack([ramp, -ramp, np.full_like(ramp, -0.2)], axis=2))
    rows = [np.concatenate(fields[i : i + FIELDS], axis=1) for i in range(0, FIELDS**2, FIELDS)]
    levels = np.rint((np.concatenate(rows, axis=0) + 1) * 127.5)
    whole = np.full((CHART_PX, CHART_PX, 3), 128, dtype=np.uint8)
    whole[: side * FIELDS, : side * FIELDS] = levels.astype(np.uint8)
    return whole


def seven() -> Image.Image:
    """The seven of the Digits tab, white on black."""
    digits, _ = example_strokes()
    return drawn(digits["7"])


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    Image.fromarray(chart()).save(FOLDER / "chart.png", optimize=True)
    seven().save(FOLDER / "seven.png", optimize=True)


if __name__ == "__main__":
    main()
