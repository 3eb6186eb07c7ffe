"""Three trainings side by side on one scale: one that underfits, one that fits, one that overfits."""

from collections.abc import Mapping, Sequence
from typing import Any

from space.compare.curves import SPLITS
from space.drawing.svg import SLATE, WIDTH, line, path, picture, text
from space.lessons.figures import Figures

RUNS = {"underfits": "underfits", "fits": "a good fit", "overfits": "overfits"}
TICKS = (0, 25, 50, 75, 100)
LEFT, TOP, GAP, PLOT = 30, 44, 14, 120


def three_fits(figures: Figures) -> str:
    """Accuracy after each epoch, training and validation."""
    width = (WIDTH - LEFT - GAP * (len(RUNS) - 1)) / len(RUNS)
    shapes = []
    for number, (name, colour) in enumerate(SPLITS.values()):
        shapes += [line(100 * number, 8, 100 * number + 18, 8, colour, width=2.5), text(100 * number + 24, 12, name)]
    for number, (run, words) in enumerate(RUNS.items()):
        epochs = figures.row("curves", task="digits", run=run)["epochs"]
        shapes += _panel(words, epochs, LEFT + number * (width + GAP), width, has_labels=number == 0)
    shapes.append(text(WIDTH / 2, TOP + PLOT + 32, "epoch, accuracy in %", anchor="middle", size=10))
    return picture("Accuracy of three trainings after each epoch", TOP + PLOT + 40, shapes)


def _panel(
    words: str, epochs: Sequence[Mapping[str, Any]], left: float, width: float, *, has_labels: bool
) -> list[str]:
    last = epochs[-1]["epoch"]
    shapes = [text(left + width / 2, TOP - 12, words, anchor="middle", weight=600)]
    for tick in TICKS:
        height = TOP + PLOT * (1 - tick / 100)
        shapes.append(line(left, height, left + width, height, SLATE, width=0.3))
        if has_labels:
            shapes.append(text(left - 5, height + 4, str(tick), anchor="end", size=10))
    for split, (_name, colour) in SPLITS.items():
        points = [
            (left + width * (each["epoch"] - 1) / (last - 1), TOP + PLOT * (1 - each[f"{split}_accuracy"]))
            for each in epochs
        ]
        shapes.append(path(points, colour))
    for epoch, anchor in ((1, "start"), (last, "end")):
        place = left + width * (epoch - 1) / (last - 1)
        shapes.append(text(place, TOP + PLOT + 15, str(epoch), anchor=anchor, size=10))
    return shapes
