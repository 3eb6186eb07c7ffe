"""What the chest X-ray model makes of films at home and of other hospitals."""

from typing import Any

from space.drawing.svg import AMBER, INDIGO, TEAL, WIDTH, picture, rect, text
from space.lessons.figures import Figures

PLACES = {"test": "films of the same hospitals", "external": "films of other hospitals"}
LEFT, CELL_WIDTH, CELL = 96, 66, 34
SCORES = {"precision": TEAL, "recall": AMBER, "f1": INDIGO}


def confusion(figures: Figures) -> str:
    """A table for each place: the true class in rows, the answer in columns, shaded by the share of the row."""
    evidence = figures.evidence()
    shapes, top = [], 0
    for place, words in PLACES.items():
        shapes += _table(evidence[place], words, top)
        top += 3 * CELL + 62
    return picture("Confusion matrices at home and at other hospitals", top - 16, shapes)


def _table(measured: Any, words: str, top: float) -> list[str]:
    classes = list(measured["classes"])
    shapes = [text(0, top + 13, f"{measured['n']:,} {words}", size=12, weight=600)]
    shapes += [
        text(LEFT + CELL_WIDTH * (number + 0.5), top + 34, name, anchor="middle", size=10)
        for number, name in enumerate(classes)
    ]
    shapes.append(text(0, top + 34, "truth / answer", size=10))
    for row, (name, counts) in enumerate(zip(classes, measured["confusion"], strict=True)):
        y = top + 40 + CELL * row
        shapes.append(text(0, y + 21, name, size=11))
        for column, number in enumerate(counts):
            x = LEFT + CELL_WIDTH * column
            share = number / sum(counts)
            shapes.append(
                rect(
                    x + 1,
                    y + 1,
                    CELL_WIDTH - 2,
                    CELL - 2,
                    TEAL if row == column else AMBER,
                    opacity=0.08 + 0.5 * share,
                    radius=4,
                )
            )
            shapes.append(text(x + CELL_WIDTH / 2, y + 15, f"{number:,}", anchor="middle", weight=600))
            shapes.append(text(x + CELL_WIDTH / 2, y + 27, f"{100 * share:.0f} %", anchor="middle", size=9))
    return shapes


def measures(figures: Figures) -> str:
    """Precision, recall and F1 of each class, over the validation films of all folds."""
    folds = figures.evidence()["cross_validation"]
    shapes = []
    for number, (score, colour) in enumerate(SCORES.items()):
        name = "F1" if score == "f1" else score
        shapes += [rect(90 * number, 2, 10, 10, colour), text(90 * number + 15, 11, name)]
    top = 26.0
    for name, scores in folds["pooled"]["classes"].items():
        shapes.append(text(0, top + 26, name, weight=600))
        for score, colour in SCORES.items():
            value = scores[score]["value"]
            width = value * (WIDTH - LEFT - 40)
            shapes += [
                rect(LEFT, top, width, 12, colour, radius=2),
                text(LEFT + width + 5, top + 10, f"{value:.3f}", size=10),
            ]
            top += 15
        top += 10
    return picture(f"Precision, recall and F1 on {folds['pooled']['n']:,} validation films", top - 6, shapes)
