"""A table of figures with the command, the date and the hardware behind them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evidence import markdown
from fovea.rounding import percent

NONE = "-"


@dataclass(frozen=True)
class Table:
    """`note` is what a reader has to know to judge the figures, in whole sentences."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    command: str
    created: str = ""
    hardware: str = ""
    note: str = ""

    def section(self) -> str:
        made = ", ".join(part for part in (f"By `{self.command}`", self.created, self.hardware) if part)
        rows = markdown.table([*self.header], [[*row] for row in self.rows])
        return f"### {self.title}\n\n{rows}\n\n{made}.{f' {self.note}' if self.note else ''}\n"


def provenance(result: Mapping[str, Any]) -> dict[str, str]:
    """By which command, when and on what a stored result was made, as a Table takes them."""
    return {name: result.get(name, "") for name in ("command", "created", "hardware")}


def share(value: float | None, interval: Sequence[float] | None = None, digits: int = 2) -> str:
    """A fraction in 0..1 with its interval, as in "94.43 % (91.71 to 96.29)"."""
    if value is None:
        return NONE
    between = "" if interval is None else f" ({' to '.join(percent(bound, digits) for bound in interval)})"
    return f"{percent(value, digits)} %{between}"


def share_of(figure: Mapping[str, Any], digits: int = 1) -> str:
    """The same of a figure as evidence.json holds it."""
    return share(figure["value"], figure.get("interval"), digits)


def minutes(seconds: float | None) -> str:
    if seconds is None:
        return NONE
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} minutes"


def rounded(value: float, figures: int = 3) -> str:
    """With so many significant figures, never as a power of ten: "0.35", "2.5", "270,000"."""
    return f"{float(f'{value:.{figures}g}'):,.10g}"
