"""A chart of lines or marks over two axes, each linear or logarithmic."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from space.drawing.axis import Axis
from space.drawing.legend import Entry, legend, legend_height
from space.drawing.names import Box, beside
from space.drawing.svg import REACH, SLATE, WIDTH, dot, line, path, picture, text, told

LEFT, RIGHT, PLOT, BELOW = 42, 10, 170, 38
MARK = 3  # its radius

Point = tuple[float, float]


@dataclass(frozen=True)
class Series:
    """`said` is the tooltip of each point, or of the whole line where it has no marks.

    `intervals` are the ends of a bar at each point, and `names` stand beside the points where there is room.
    """

    name: str
    points: Sequence[Point]
    colour: str
    dash: str = ""
    is_line: bool = True
    has_marks: bool = True
    said: Sequence[str] = ()
    intervals: Sequence[tuple[float, float] | None] = ()
    names: Sequence[str] = ()


@dataclass(frozen=True)
class LineChart:
    """`title` is what it shows, in a sentence; `marks` are places on the x axis with a dashed line and words."""

    title: str
    series: Sequence[Series]
    x: Axis
    y: Axis
    marks: Sequence[tuple[float, str]] = ()
    has_legend: bool = True

    def svg(self) -> str:
        names = [Entry(one.name, one.colour, "line" if one.is_line else "dot", one.dash) for one in self.series]
        shown = names if self.has_legend else []
        field = _Field(self.x, self.y, legend_height(shown) + 26)
        shapes = [*legend(shown), text(0, field.top - 11, self.y.title), *field.grid()]
        for value, words in self.marks:
            shapes += field.mark(value, words, self.series)
        for one in self.series:
            shapes += field.drawn(one)
        shapes += field.names(self.series)
        return picture(self._described(), field.top + PLOT + BELOW, shapes)

    def _described(self) -> str:
        shown = ", ".join(dict.fromkeys(one.name for one in self.series))
        return f"{self.title}. Chart of {shown}. Across: {self.x.described}. Upwards: {self.y.described}."


@dataclass(frozen=True)
class _Field:
    """Where the points lie; its upper end is at `top`."""

    x: Axis
    y: Axis
    top: float

    def at(self, point: Point) -> Point:
        width = WIDTH - LEFT - RIGHT
        return LEFT + width * self.x.place(point[0]), self.top + PLOT * (1 - self.y.place(point[1]))

    def drawn(self, one: Series) -> Iterator[str]:
        points = [self.at(point) for point in one.points]
        if one.is_line:
            drawn = path(points, one.colour, dash=one.dash)
            if one.said and not one.has_marks:
                drawn = told(drawn + path(points, "transparent", width=REACH), one.said[0])
            yield drawn
        for (x, _), (value, _), ends in zip(points, one.points, one.intervals, strict=False):
            if ends is not None:
                low, high = (self.at((value, end))[1] for end in ends)
                yield line(x, low, x, high, one.colour)
                yield from (line(x - 3, end, x + 3, end, one.colour) for end in (low, high))
        if one.has_marks:
            words = one.said or [""] * len(points)
            radius = MARK if one.is_line else MARK + 1
            for point, said in zip(points, words, strict=True):
                yield told(dot(*point, radius, one.colour, reach=REACH / 2 if said else 0), said)

    def names(self, series: Sequence[Series]) -> list[str]:
        named = [(self.at(point), name) for one in series for point, name in zip(one.points, one.names, strict=False)]
        room = Box(0, self.top - 6, WIDTH, self.top + PLOT + 2)
        return beside([at for at, _ in named], [name for _, name in named], room)

    def mark(self, value: float, words: str, series: Sequence[Series]) -> tuple[str, str]:
        """The words stand at the end of the line that is farther from all points."""
        place, bottom = self.at((value, self.y.ticks[0]))
        is_late = place > WIDTH / 2  # they would leave the picture on the right
        anchor, beside = ("end", -4) if is_late else ("start", 4)
        points = (self.at(point) for one in series for point in one.points)
        near = [y for x, y in points if abs(x - place - 10 * beside) < 60] or [self.top]
        is_high = min(near) - self.top > bottom - max(near)
        height = self.top + 12 if is_high else bottom - 6
        return (
            line(place, self.top, place, bottom, dash="4 3"),
            text(place + beside, height, words, anchor=anchor),
        )

    def grid(self) -> Iterator[str]:
        bottom = self.top + PLOT
        for tick in self.y.ticks:
            height = self.at((self.x.ticks[0], tick))[1]
            yield line(LEFT, height, WIDTH - RIGHT, height, SLATE, width=0.3)
            yield text(LEFT - 5, height + 4, self.y.write(tick), anchor="end")
        for tick in self.x.ticks:
            place = self.at((tick, self.y.ticks[0]))[0]
            end = "end" if tick == self.x.ticks[-1] else "start" if tick == self.x.ticks[0] else "middle"
            yield text(place, bottom + 15, self.x.write(tick), anchor=end)
        yield text((LEFT + WIDTH - RIGHT) / 2, bottom + 32, self.x.title, anchor="middle")
