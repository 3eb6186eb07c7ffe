"""What each tab of the app weighs for a reader who opens it for the first time, on a phone and on a desktop.

python -m benchmarks.page_weight [--rounds 3] [--only digits compare] [--app FOLDER] [--out docs/page_weight.json]

The phone is 390 x 844 pixels with slow 4G (1.6 Mbit/s down, 750 kbit/s up, 150 ms) and a processor four times slower,
the desktop 1280 x 900 without throttling. Of each tab: bytes and requests, first and largest contentful paint, and how
far the layout shifts until an example is answered. Of Digits also the time until one can draw. Medians. `--app` names
an older checkout, for figures before a change.
"""

import os
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tyro

from benchmarks.app_process import chromium, running_app
from benchmarks.page_load import SETTINGS, Setting, Tab, Visit, first_drawing_ms, tabs_called, visit
from training.experiments.result import write_result
from training.hardware import hardware

FIGURES = ("bytes", "requests", "fcp_ms", "lcp_ms", "cls")


@dataclass(frozen=True)
class Options:
    """What to measure."""

    rounds: int = 3
    only: tuple[str, ...] = ()
    """some of the tabs, as links name them"""
    app: Path = Path()
    out: Path | None = Path("docs/page_weight.json")
    """None writes nothing"""
    show_shifts: bool = False
    """print what moved"""


def main(options: Options) -> None:
    tabs = tabs_called(options.only)
    busy = os.getloadavg()[0]
    with running_app(options.app) as address, chromium() as browser:
        rows, drawing = [], []
        for setting in SETTINGS:
            for tab in tabs:
                visits = [visit(browser, address, tab, setting) for _ in range(options.rounds)]
                rows.append(row_of(tab, setting, visits))
                print_row(rows[-1])
                if options.show_shifts:
                    print(*(f"    {moved}" for one in visits for moved in one.moved), sep="\n")
            if any(tab.link == "digits" for tab in tabs):
                times = [first_drawing_ms(browser, address, setting) for _ in range(options.rounds)]
                drawing.append({"setting": setting.name, "ms": round(statistics.median(times))})
                print(f"first drawing, {setting.name}: {drawing[-1]['ms']:,} ms", flush=True)
    if options.out is not None and not options.only:
        write(options, rows, drawing, busy)


def row_of(tab: Tab, setting: Setting, visits: Sequence[Visit]) -> dict[str, Any]:
    """The median of each figure."""
    medians = {name: statistics.median(getattr(one, name) for one in visits) for name in FIGURES}
    figures = {name: round(value, 3) if name == "cls" else round(value) for name, value in medians.items()}
    return {"tab": tab.title, "setting": setting.name} | figures


def print_row(row: dict[str, Any]) -> None:
    print(
        f"{row['tab']:<13} {row['setting']:<8} {row['bytes'] / 1000:7,.0f} kB {row['requests']:4} requests   "
        f"first paint {row['fcp_ms']:6,} ms   largest {row['lcp_ms']:6,} ms   shift {row['cls']:.3f}",
        flush=True,
    )


def write(options: Options, rows: Sequence[dict[str, Any]], drawing: Sequence[dict[str, Any]], busy: float) -> None:
    document = {
        "command": "python -m benchmarks.page_weight",
        "hardware": f"{hardware()}, load {busy:.0f} before",
        "n": options.rounds,
        "rows": rows,
        "first_drawing": drawing,
    }
    assert options.out is not None
    write_result(options.out, "page_weight", document)
    print(f"written: {options.out}")


if __name__ == "__main__":
    main(tyro.cli(Options, prog="python -m benchmarks.page_weight", description=__doc__))
