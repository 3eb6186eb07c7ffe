"""One unit of each kind over a digit's pixels, with every connection that it has."""

from space.drawing.svg import AMBER, SLATE, TEAL, dot, frame, line, picture, text
from space.lessons.figures import Figures

SIDE, CELL, TOP = 28, 5.4, 40  # pixels of a digit a side, and how large one is drawn
DENSE_LEFT, KERNEL_LEFT, UNIT_Y = 8.0, 200.0, 232
WINDOW = (11, 8)  # the first column and row that the drawn unit sees


def one_unit(figures: Figures) -> str:
    kernel = figures.layer("LeNet-5", "features.conv1")["kernel"]
    everything = [(column, row) for row in range(SIDE) for column in range(SIDE)]
    window = [(WINDOW[0] + column, WINDOW[1] + row) for row in range(kernel) for column in range(kernel)]
    return picture(
        f"A dense unit is connected to all {SIDE * SIDE} pixels, a convolutional unit to {kernel * kernel}.",
        278,
        [
            *_unit(DENSE_LEFT, AMBER, everything, "fully connected", f"{SIDE * SIDE} weights, for this unit alone"),
            *_unit(KERNEL_LEFT, TEAL, window, "convolutional", f"{kernel * kernel} weights, shared by all places"),
        ],
    )


def _unit(left: float, colour: str, seen: list[tuple[int, int]], kind: str, weights: str) -> list[str]:
    """The pixels that a unit sees, coloured, and a line from each to the unit."""
    side = SIDE * CELL
    middle = left + side / 2
    thin = 0.12 if len(seen) > SIDE else 0.7
    pixels = "".join(f"M{left + CELL * x:.1f} {TOP + CELL * y:.1f}h{CELL}v{CELL}h-{CELL}z" for x, y in seen)
    lines = "".join(f"M{left + CELL * (x + 0.5):.1f} {TOP + CELL * (y + 0.5):.1f}L{middle:g} {UNIT_Y}" for x, y in seen)
    return [
        text(middle, 14, kind, anchor="middle", size=13, weight=600),
        text(middle, 30, f"{SIDE} x {SIDE} pixels", anchor="middle", size=10),
        f'<path d="{pixels}" fill="{colour}" fill-opacity="0.6"/>',
        *(line(left + CELL * n, TOP, left + CELL * n, TOP + side, width=0.4) for n in range(1, SIDE)),
        *(line(left, TOP + CELL * n, left + side, TOP + CELL * n, width=0.4) for n in range(1, SIDE)),
        frame(left, TOP, side, side, SLATE),
        f'<path d="{lines}" stroke="{colour}" stroke-width="{thin}"/>',
        dot(middle, UNIT_Y, 8, colour),
        text(middle, UNIT_Y + 24, "one unit", anchor="middle", weight=600),
        text(middle, UNIT_Y + 39, weights, anchor="middle", size=10),
    ]
