"""The residual block, and the gradient along plain, residual and sigmoid nets."""

from space.compare.residual import power
from space.drawing.axis import Axis
from space.drawing.line_chart import LineChart, Series
from space.drawing.svg import AMBER, INDIGO, SLATE, TEAL, arrow, box, frame, picture, rect, text
from space.lessons.figures import Figures

BRANCH, JOIN, MIDDLE, SIDE = 62, 250, 110, 250  # where the shortcut leaves and ends, and the x of both ways
COLOURS = {"plain": AMBER, "residual": TEAL, "sigmoid": INDIGO}
LEAST = 1e-12  # drawn: the line of a gradient that vanishes leaves the picture here


def block(figures: Figures) -> str:
    """Two convolutions and the way around them."""
    layer = figures.layer("ResNet-110 for CIFAR-10", "blocks.0.conv1")
    kernel, maps = layer["kernel"], layer["shape"][0]
    window = f"{kernel} x {kernel}, {maps} maps"
    left, width = MIDDLE - 62, 124
    plus = rect(MIDDLE - 13, JOIN - 13, 26, 26, SLATE, opacity=0.16, radius=13) + frame(
        MIDDLE - 13, JOIN - 13, 26, 26, SLATE, radius=13
    )
    return picture(
        "A residual block: x goes through two convolutions, and around them, and both are added.",
        318,
        [
            text(MIDDLE, 32, "x", anchor="middle", size=16, weight=600),
            arrow([(MIDDLE, 40), (MIDDLE, 84)]),
            box(left, 84, width, 44, TEAL, ["convolution", window]),
            arrow([(MIDDLE, 128), (MIDDLE, 170)]),
            text(MIDDLE + 8, 152, "batch norm, ReLU", size=10),
            box(left, 170, width, 44, TEAL, ["convolution", window]),
            arrow([(MIDDLE, 214), (MIDDLE, JOIN - 13)]),
            arrow([(MIDDLE, BRANCH), (SIDE, BRANCH), (SIDE, JOIN), (MIDDLE + 13, JOIN)], INDIGO),
            text(SIDE + 8, 136, "shortcut:", size=12, weight=600),
            text(SIDE + 8, 152, "x as it is,", size=11),
            text(SIDE + 8, 167, "no weights", size=11),
            text(20, 152, "F(x)", size=15, weight=600),
            plus,
            text(MIDDLE, JOIN + 5, "+", anchor="middle", size=16, weight=600),
            arrow([(MIDDLE, JOIN + 13), (MIDDLE, 290)]),
            text(MIDDLE - 58, 310, "y = F(x) + x", size=15, weight=600),
            text(MIDDLE + 68, 310, "dy/dx = F'(x) + 1", size=15, weight=600),
        ],
    )


def gradients(figures: Figures) -> str:
    """The norm of the gradient at each convolution before training, deepest and shallowest nets."""
    rows = figures.result("residual")["rows"]
    depths = sorted({row["depth"] for row in rows})
    series = []
    for row in rows:
        if row["depth"] in (depths[0], depths[-1]):
            values = row["initial_gradients"]
            points = [(number / (len(values) - 1), value) for number, value in enumerate(values) if value >= LEAST]
            name = f"{row['form']}, {row['depth']} layers"
            dash = "" if row["depth"] == depths[-1] else "5 3"
            series.append(Series(name, points, COLOURS[row["form"]], dash, has_marks=False))
    x = Axis("place in the net, from input (0) to output (1)", (0, 0.25, 0.5, 0.75, 1))
    y = Axis("size of the gradient before training", (LEAST, 1e-9, 1e-6, 1e-3, 1, 1e3, 1e6), is_log=True, write=power)
    return LineChart("The gradient along plain, residual and sigmoid nets before training", series, x, y).svg()
