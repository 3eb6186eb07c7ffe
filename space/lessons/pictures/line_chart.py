"""A chart of lines or marks over two axes, each linear or logarithmic."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log10

from space.lessons.pictures.svg import SLATE, WIDTH, dot, line, path, picture, text

LEFT, RIGHT, ROW, PLOT, BELOW = 42, 10, 16, 170, 38


@dataclass(frozen=True)
class Axis:
    """`ticks` are the values that are written, from the lower end of the axis to the upper."""

    title: str
    ticks: Sequence[float]
    is_log: bool = False
    write: Callable[[float], str] = "{:,.10g}".format

    def place(self, value: float) -> float:
        """Of `value`, 0 at the first tick and 1 at the last."""
        low, high, here = self.ticks[0], self.ticks[-1], value
        if self.is_log:
            low, high, here = log10(low), log10(high), log10(here)
        return (here - low) / (high - low)


@dataclass(frozen=True)
class Series:
    name: str
    points: Sequence[tuple[float, float]]
    colour: str
    dash: str = ""
    is_line: bool = True
    has_marks: bool = True


def chart(title: str, series: Sequence[Series], x: Axis, y: Axis, marks: Sequence[tuple[float, str]] = ()) -> str:
    """The picture; `marks` are places on the x axis with a dashed line and words."""
    top = ROW * -(-len(series) // 2) + 24
    width = WIDTH - LEFT - RIGHT

    def at(point: tuple[float, float]) -> tuple[float, float]:
        return LEFT + width * x.place(point[0]), top + PLOT * (1 - y.place(point[1]))

    shapes = [*_legend(series), text(0, top - 8, y.title, size=10), *_grid(x, y, top, width)]
    for value, words in marks:
        place = LEFT + width * x.place(value)
        is_late = place > WIDTH / 2  # its words would leave the picture on the right
        anchor, beside = ("end", -4) if is_late else ("start", 4)
        shapes.append(line(place, top, place, top + PLOT, dash="4 3"))
        shapes.append(text(place + beside, top + PLOT - 6, words, anchor=anchor, size=9.5))
    for one in series:
        points = [at(point) for point in one.points]
        if one.is_line:
            shapes.append(path(points, one.colour, dash=one.dash))
        if one.has_marks:
            shapes += [dot(*point, 3, one.colour) for point in points]
    return picture(title, top + PLOT + BELOW, shapes)


def _legend(series: Sequence[Series]) -> list[str]:
    """Two names a row."""
    shapes = []
    for number, one in enumerate(series):
        left, height = WIDTH / 2 * (number % 2), ROW * (number // 2) + 8
        shapes.append(
            line(left, height, left + 18, height, one.colour, width=2.5, dash=one.dash)
            if one.is_line
            else dot(left + 9, height, 4, one.colour)
        )
        shapes.append(text(left + 24, height + 4, one.name))
    return shapes


def _grid(x: Axis, y: Axis, top: float, width: float) -> list[str]:
    shapes = []
    for tick in y.ticks:
        height = top + PLOT * (1 - y.place(tick))
        shapes.append(line(LEFT, height, LEFT + width, height, SLATE, width=0.3))
        shapes.append(text(LEFT - 5, height + 4, y.write(tick), anchor="end", size=10))
    for tick in x.ticks:
        place = LEFT + width * x.place(tick)
        end = "end" if tick == x.ticks[-1] else "start" if tick == x.ticks[0] else "middle"
        shapes.append(text(place, top + PLOT + 15, x.write(tick), anchor=end, size=10))
    shapes.append(text(LEFT + width / 2, top + PLOT + 32, x.title, anchor="middle", size=10))
    return shapes
