"""Numbers in words, so that every finding says them alike."""

from math import log10

from fovea import rounding

SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def percent(share: float, digits: int = 1) -> str:
    """A share in 0..1 in percent."""
    return f"{rounding.percent(share, digits)}\N{NO-BREAK SPACE}%"


def count(number: float) -> str:
    """A number of parameters or multiply-adds: exact under a million, else with three digits."""
    for size, word in ((1e9, "billion"), (1e6, "million")):
        if number >= size:
            return f"{number / size:.3g} {word}"
    return f"{number:,.0f}"


def power_of_ten(number: float) -> str:
    """The nearest power of ten, for numbers whose digits nobody reads: "10⁵³" or "10⁻⁹"."""
    return "10" + str(round(log10(number))).translate(SUPERSCRIPT)


def against(value: float, base: float) -> str:
    """`value` as a multiple of `base`, to stand before "the parameters": "43 % of" or "5.6 times"."""
    ratio = value / base
    return (
        f"{ratio:.2g} times"
        if 1 <= ratio < 100
        else f"{ratio:,.0f} times"
        if ratio >= 100
        else percent(ratio, 0) + " of"
    )


def points(difference: float, more: str, less: str) -> str:
    """A difference of shares in points, with its direction in words."""
    size = f"{abs(difference) * 100:.1f}"
    return "unchanged" if size == "0.0" else f"{size} points {more if difference > 0 else less}"


def duration(seconds: float) -> str:
    """Seconds, minutes or hours, whichever reads best."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
