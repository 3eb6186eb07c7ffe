"""Charts of bars: each cut into its parts, or several beside each other."""

from collections.abc import Sequence
from dataclasses import dataclass

from space.drawing.axis import Axis
from space.drawing.legend import Entry, legend, legend_height
from space.drawing.svg import SLATE, WIDTH, line, on_colour, picture, rect, text, told

BAR, ROOM = 30, 26  # the height of a bar that lies, and of what stands over it
LEFT, PLOT, BELOW = 42, 170, 38
SPREAD = 0.7  # of a group's place, how much its bars take


@dataclass(frozen=True)
class Part:
    """`share` of its bar in 0..1; `label` stands in it, and `said` is its tooltip."""

    share: float
    colour: str
    label: str = ""
    said: str = ""


def parted_bar(parts: Sequence[Part], top: float) -> list[str]:
    """A bar over the whole width, the first part on the left."""
    shapes, left = [], 0.0
    for part in parts:
        width = part.share * WIDTH
        shape = rect(left, top, max(0.3, width - 0.7), BAR, part.colour)
        if part.label:
            shape += on_colour(left + width / 2, top + 19, part.label)
        shapes.append(told(shape, part.said))
        left += width
    return shapes


@dataclass(frozen=True)
class PartedBars:
    """`bars` are words and the parts of the bar below them; `title` is what it shows, in a sentence."""

    title: str
    legend: Sequence[Entry]
    bars: Sequence[tuple[str, Sequence[Part]]]

    def svg(self) -> str:
        shapes, top = legend(self.legend), legend_height(self.legend) + 14.0
        for words, parts in self.bars:
            shapes += [text(0, top, words, weight=600), *parted_bar(parts, top + 6)]
            top += BAR + ROOM
        return picture(f"{self.title}. Bars: {', '.join(words for words, _ in self.bars)}.", top - 12, shapes)


@dataclass(frozen=True)
class Bars:
    """One bar of each group; `said` are their tooltips."""

    name: str
    values: Sequence[float]
    colour: str
    said: Sequence[str]


@dataclass(frozen=True)
class GroupedBars:
    """Upright bars, each group over its name; `y` begins at 0."""

    title: str
    bars: Sequence[Bars]
    groups: Sequence[str]
    x_title: str
    y: Axis

    def svg(self) -> str:
        entries = [Entry(each.name, each.colour) for each in self.bars]
        top = legend_height(entries) + 26.0
        bottom, step = top + PLOT, (WIDTH - LEFT) / len(self.groups)
        shapes = [*legend(entries), text(0, top - 11, self.y.title)]
        for tick in self.y.ticks:
            height = bottom - PLOT * self.y.place(tick)
            shapes.append(line(LEFT, height, WIDTH, height, SLATE, width=0.3))
            shapes.append(text(LEFT - 5, height + 4, self.y.write(tick), anchor="end"))
        width = SPREAD * step / len(self.bars)
        for number, each in enumerate(self.bars):
            for place, (value, said) in enumerate(zip(each.values, each.said, strict=True)):
                left = LEFT + step * (place + (1 - SPREAD) / 2) + width * number
                height = PLOT * self.y.place(value)
                shapes.append(told(rect(left, bottom - height, width - 1, height, each.colour), said))
        for place, group in enumerate(self.groups):
            shapes.append(text(LEFT + step * (place + 0.5), bottom + 15, group, anchor="middle"))
        shapes.append(text((LEFT + WIDTH) / 2, bottom + 32, self.x_title, anchor="middle"))
        shown = ", ".join(each.name for each in self.bars)
        described = f"{self.title}. Bars of {shown}. Across: {self.x_title}. Upwards: {self.y.described}."
        return picture(described, bottom + BELOW, shapes)
