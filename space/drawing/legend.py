"""The names of what a chart shows, each beside its colour."""

from collections.abc import Sequence
from dataclasses import dataclass

from space.drawing.svg import WIDTH, dot, line, rect, text

ROW = 16


@dataclass(frozen=True)
class Entry:
    """`shape` is line, dot or square."""

    name: str
    colour: str
    shape: str = "square"
    dash: str = ""


def legend(entries: Sequence[Entry]) -> list[str]:
    """Two names a row."""
    shapes = []
    for number, entry in enumerate(entries):
        left, height = WIDTH / 2 * (number % 2), ROW * (number // 2) + 8
        shapes += [_sign(entry, left, height), text(left + 24, height + 4, entry.name)]
    return shapes


def legend_height(entries: Sequence[Entry]) -> int:
    return ROW * -(-len(entries) // 2)


def _sign(entry: Entry, left: float, height: float) -> str:
    if entry.shape == "line":
        return line(left, height, left + 18, height, entry.colour, width=2.5, dash=entry.dash)
    if entry.shape == "dot":
        return dot(left + 9, height, 4, entry.colour)
    return rect(left + 4, height - 5, 10, 10, entry.colour)
