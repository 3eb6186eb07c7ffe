"""Names beside the marks of a chart, where they lie on nothing else."""

from collections.abc import Sequence
from typing import NamedTuple

from space.drawing.svg import text

LETTER, HEIGHT, GAP = 5.9, 12, 7  # of 11 px type, on average; between a mark and its name


class Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Box") -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def lies_in(self, other: "Box") -> bool:
        return (
            other.left <= self.left
            and self.right <= other.right
            and other.top <= self.top
            and self.bottom <= other.bottom
        )


def beside(marks: Sequence[tuple[float, float]], names: Sequence[str], room: Box) -> list[str]:
    """The names that have a place in `room`; the others are left out, and tooltips say them."""
    taken = [Box(x - 4, y - 4, x + 4, y + 4) for x, y in marks]
    shapes = []
    for (x, y), name in zip(marks, names, strict=True):
        free = (
            box for box in _places(x, y, LETTER * len(name)) if box.lies_in(room) and not any(map(box.meets, taken))
        )
        box = next(free, None)
        if box is not None:
            taken.append(box)
            shapes.append(text((box.left + box.right) / 2, box.bottom - 3, name, anchor="middle"))
    return shapes


def _places(x: float, y: float, width: float) -> list[Box]:
    """Over the mark, under it, right and left of it, then over and under it to either side."""
    over, under, level = y - GAP - HEIGHT + 2, y + GAP - 2, y - HEIGHT / 2
    middle, right, left = x - width / 2, x + GAP, x - GAP - width
    corners = [
        (middle, over), (middle, under), (right, level), (left, level),
        (x - 4, over), (x + 4 - width, over), (x - 4, under), (x + 4 - width, under),
    ]  # fmt: skip
    return [Box(at, top, at + width, top + HEIGHT) for at, top in corners]
