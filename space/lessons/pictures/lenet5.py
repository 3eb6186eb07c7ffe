"""LeNet-5: what its layers cost, and the connection table of 1998."""

from space.drawing.svg import AMBER, SLATE, TEAL, WIDTH, frame, picture, rect, text
from space.lessons.figures import Figures, published

NAMES = ("C1", "C3", "C5", "F6", "output")
LEFT, ROW, CELL = 88, 40, 16


def layers(figures: Figures) -> str:
    """A bar for the parameters and one for the multiply-adds of each layer."""
    network = figures.network("LeNet-5")
    shapes = [
        rect(LEFT, 2, 10, 10, AMBER),
        text(LEFT + 15, 11, "parameters"),
        rect(LEFT + 100, 2, 10, 10, TEAL),
        text(LEFT + 115, 11, "multiply-adds"),
    ]
    for number, (name, layer) in enumerate(zip(NAMES, network["layers"], strict=True)):
        top = 28 + ROW * number
        shapes += [
            text(0, top + 10, name, size=13, weight=600),
            text(0, top + 25, " x ".join(map(str, layer["shape"])), size=10),
        ]
        for offset, what, colour in ((0, "parameters", AMBER), (15, "multiply_adds", TEAL)):
            share = layer[what] / network[what]
            width = max(1.0, share * (WIDTH - LEFT - 92))
            shapes += [
                rect(LEFT, top + offset, width, 12, colour, radius=2),
                text(LEFT + width + 5, top + offset + 10, f"{layer[what]:,} ({100 * share:.0f} %)", size=10),
            ]
    return picture("Parameters and multiply-adds of each layer of LeNet-5 in today's form", 230, shapes)


def c3_table(_figures: Figures) -> str:
    """Which of the six maps of S2 each of the 16 maps of C3 sees, as table I of the paper has it."""
    table = published()["c3_table"]["value"]
    left, top = 62, 34
    shapes = [text(left + CELL * len(table) / 2, 11, "map of C3", anchor="middle", weight=600)]
    shapes += [
        text(left + CELL * (number + 0.5), 28, str(number), anchor="middle", size=9) for number in range(len(table))
    ]
    for source in range(6):
        shapes.append(text(left - 8, top + CELL * source + 12, f"map {source} of S2", anchor="end", size=9))
        for number, sees in enumerate(table):
            x, y = left + CELL * number, top + CELL * source
            shapes.append(
                rect(
                    x + 1,
                    y + 1,
                    CELL - 2,
                    CELL - 2,
                    TEAL if source in sees else SLATE,
                    opacity=0.9 if source in sees else 0.12,
                    radius=2,
                )
            )
    shapes.append(frame(left, top, CELL * len(table), CELL * 6, SLATE))
    return picture("The connection table of C3 in LeNet-5 of 1998", 136, shapes)
