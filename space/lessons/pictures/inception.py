"""The Inception module with the numbers of its four branches."""

from space.drawing.svg import AMBER, INDIGO, SLATE, TEAL, WIDTH, arrow, box, line, picture, text
from space.lessons.figures import Figures

NETWORK, MODULE, BEFORE = "GoogLeNet", "blocks.inception3a", "stem.conv2.conv"
GAP = 8
WIDE = (WIDTH - 3 * GAP) / 4


def module(figures: Figures) -> str:
    """Input maps at the top, the branches side by side, the output maps at the bottom."""

    def maps(name: str) -> int:
        return int(figures.layer(NETWORK, f"{MODULE}.{name}.conv")["shape"][0])

    def cost(*names: str) -> str:
        total = sum(figures.layer(NETWORK, f"{MODULE}.{name}.conv")["parameters"] for name in names)
        return f"{total:,}"

    source = figures.layer(NETWORK, BEFORE)["shape"][0]
    ends = ["branch1x1", "branch3x3.1", "branch5x5.1", "branch_pool.1"]
    first = [None, ("1 x 1", "branch3x3.0"), ("1 x 1", "branch5x5.0"), ("max 3 x 3", None)]
    sizes = ["1 x 1", "3 x 3", "5 x 5", "1 x 1"]
    costs = [cost("branch1x1"), cost("branch3x3.0", "branch3x3.1"), cost("branch5x5.0", "branch5x5.1")]
    costs.append(cost("branch_pool.1"))
    shapes = [box(90, 2, 180, 30, SLATE, [f"{source} maps in, 28 x 28"])]
    for number, (end, before, size) in enumerate(zip(ends, first, sizes, strict=True)):
        left = number * (WIDE + GAP)
        middle = left + WIDE / 2
        shapes.append(arrow([(middle, 48), (middle, 66 if before else 150)]))
        if before:
            words, squeeze = before
            colour, facts = (AMBER, f"to {maps(squeeze)}") if squeeze else (SLATE, f"keeps {source}")
            shapes += [box(left, 66, WIDE, 42, colour, [words, facts]), arrow([(middle, 108), (middle, 150)])]
        shapes += [
            box(left, 150, WIDE, 42, TEAL, [size, f"to {maps(end)}"]),
            arrow([(middle, 192), (middle, 214)]),
            text(middle, 270, costs[number], anchor="middle", size=10, weight=600),
        ]
    shapes += [
        line(180, 32, 180, 48, width=1.5),
        line(WIDE / 2, 48, WIDTH - WIDE / 2, 48, width=1.5),
        box(0, 214, WIDTH, 32, INDIGO, [f"one after another: {sum(maps(end) for end in ends)} maps out"]),
        text(180, 286, "parameters of each branch", anchor="middle", size=10),
    ]
    return picture("The first Inception module of GoogLeNet, 3a, with its numbers of maps", 292, shapes)
