"""Axes of charts, and the values that are written at them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

MOST = 7  # values at an axis, which a phone has room for
STEPS = (1, 2, 5, 10)
DECADES = ((1, 2, 5), (1, 3), (1,))  # what is written of each power of ten, the closest first


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

    @property
    def described(self) -> str:
        return f"{self.title}, from {self.write(self.ticks[0])} to {self.write(self.ticks[-1])}"


def short(value: float) -> str:
    """A number with k, M or G for its zeros: 10k."""
    size, letter = next(
        ((size, letter) for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")) if value >= size), (1, "")
    )
    return f"{value / size:,.10g}{letter}"


def whole_numbers(first: int, last: int, most: int = MOST) -> list[int]:
    """Whole numbers at equal steps, and the last one."""
    step = max(1, ceil((last - first) / most))
    numbers = [number for number in range(first, last, step) if last - number >= step / 2]
    return [*numbers, last]


def linear_ticks(values: Sequence[float], most: int = MOST) -> list[float]:
    """Multiples of a round step around all `values`."""
    low, high = min(values), max(values)
    width = (high - low) or abs(high) or 1
    size = 10.0 ** floor(log10(width / most))
    for step in (size * each for each in STEPS):
        first, last = floor(low / step), ceil(high / step)
        if last - first < most:
            break
    last = max(last, first + 1)
    return [round(number * step, 10) for number in range(first, last + 1)]


def log_ticks(values: Sequence[float], most: int = MOST) -> list[float]:
    """Round numbers around all `values`: parts of each power of ten, or every second, third ... power."""
    low, high = floor(log10(min(values))), ceil(log10(max(values)))
    for parts in DECADES:
        all_ticks = [part * 10.0**power for power in range(low, high + 1) for part in parts]
        first = max(place for place, tick in enumerate(all_ticks) if tick <= min(values) * (1 + 1e-9))
        last = min(place for place, tick in enumerate(all_ticks) if tick >= max(values) * (1 - 1e-9))
        ticks = all_ticks[first : max(last, first + 1) + 1]
        if len(ticks) <= most:
            return ticks
    step = ceil((high - low) / (most - 1))
    return [10.0**power for power in range(low, high + step, step)]
