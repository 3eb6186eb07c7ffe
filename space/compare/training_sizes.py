"""What transfer learning saves: accuracy against the number of training photos."""

from typing import Any

from space.compare.chart import Chart
from space.compare.results import Result
from space.compare.section import Section
from space.compare.words import percent
from space.drawing.axis import Axis, linear_ticks
from space.drawing.line_chart import LineChart, Series
from space.drawing.svg import AMBER, INDIGO, TEAL

METHODS = {"tuned": ("fine-tuned", TEAL), "frozen": ("frozen features", INDIGO), "scratch": ("from scratch", AMBER)}

Row = dict[str, Any]


def of_method(result: Result, method: str) -> list[Row]:
    """The rows of one method, fewest photos first."""
    return sorted((row for row in result["rows"] if row["method"] == method), key=lambda row: row["n_train"])


def finding(result: Result) -> str:
    """With how few photos a pretrained network reaches what training from scratch reaches with all."""
    scratch = of_method(result, "scratch")[-1]
    reached = [
        row
        for method in ("tuned", "frozen")
        for row in of_method(result, method)
        if row["accuracy"] >= scratch["accuracy"]
    ]
    theirs = f"training from scratch {percent(scratch['accuracy'])} with {scratch['n_train']:,}"
    if not reached:
        return f"No pretrained network here reaches what {theirs} photos gives"
    first = min(reached, key=lambda row: (row["n_train"], -row["accuracy"]))
    method = "A fine-tuned network" if first["method"] == "tuned" else "A new last layer on frozen features"
    return f"{method} reaches {percent(first['accuracy'])} with {first['n_train']:,} photos, {theirs}"


def in_the_end(result: Result) -> str:
    """The three methods with all photos."""
    last = {method: of_method(result, method)[-1] for method in METHODS}
    parts = [f"{METHODS[method][0]} {percent(row['accuracy'])}" for method, row in last.items()]
    return f"With all {last['tuned']['n_train']:,} photos: {', '.join(parts)}"


def charts(result: Result) -> list[Chart]:
    numbers = [row["n_train"] for row in of_method(result, "tuned")]
    series = [_curve(result, method) for method in METHODS]
    ends = [end for one in series for interval in one.intervals if interval for end in interval]
    return [
        LineChart(
            in_the_end(result),
            series,
            Axis("training photos", numbers, is_log=True),
            Axis("test accuracy, %", linear_ticks(ends)),
        )
    ]


def _curve(result: Result, method: str) -> Series:
    rows = of_method(result, method)
    name, colour = METHODS[method]
    return Series(
        name,
        [(row["n_train"], 100 * row["accuracy"]) for row in rows],
        colour,
        said=[
            f"{name}\n{row['n_train']:,} photos\naccuracy {percent(row['accuracy'])}\n{_interval(row)}" for row in rows
        ],
        intervals=[(100 * row["interval"][0], 100 * row["interval"][1]) for row in rows],
    )


def _interval(row: Row) -> str:
    low, high = row["interval"]
    runs = f", mean of {len(row['runs'])} subsets" if len(row["runs"]) > 1 else ""
    return f"95 % interval {low * 100:.1f} to {high * 100:.1f}{runs}"


def reading(result: Result) -> str:
    return (
        "Higher and further left is cheaper. The pretrained network is Inception-v3, which was trained on ImageNet and "
        f"learns the flowers. The one from scratch is smaller ({result['scratch_network']}). Bars are 95 % intervals "
        f"on {result['rows'][0]['n_test']:,} test photos."
    )


SECTION = Section("training_sizes", "What transfer learning saves", finding, reading, charts)
