"""Accuracy against cost, with both axes to choose: every pair is a chart of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from space.compare.networks import Measured, data_names
from space.compare.results import Result
from space.compare.words import count
from space.drawing.axis import Axis, linear_ticks, log_ticks, short
from space.drawing.line_chart import LineChart, Series
from space.drawing.svg import AMBER, INDIGO, TEAL

PUBLISHED = "ImageNet: published top-5 error"
COSTS = {"parameters": "parameters", "multiply-adds": "multiply_adds", "latency, ms": "latency_ms"}


@dataclass(frozen=True)
class Point:
    """One network: its three costs, None where unknown, and its figure in % with the end points of its interval."""

    name: str
    costs: Mapping[str, float | None]
    value: float
    interval: tuple[float, float] | None
    note: str
    kind: str = "convolutional"


def published(architectures: Result, latency: Result | None) -> list[Point]:
    """The papers' errors of one network."""
    timed = {row["name"]: row["onnxruntime_ms"] for row in (latency or {}).get("rows", ())}
    return [
        Point(
            row["name"],
            {
                "parameters": row["parameters"],
                "multiply_adds": row["multiply_adds"],
                "latency_ms": timed.get(row["name"]),
            },
            row["single_error"],
            None,
            f"{row['paper']}: {row['single_source']}",
        )
        for row in architectures["rows"]
        if row["single_error"] is not None
    ]


def ours(measured: Sequence[Measured], task: str) -> list[Point]:
    """Our accuracies on one task."""
    return [
        Point(
            one.network,
            {"parameters": one.parameters, "multiply_adds": one.multiply_adds, "latency_ms": one.latency_ms},
            100 * one.accuracy,
            None if one.interval is None else (100 * one.interval[0], 100 * one.interval[1]),
            f"{one.n:,} test images, {one.source}",
            "fully connected" if one.architecture == "mlp" else "convolutional",
        )
        for one in measured
        if one.task == task
    ]


def measures(architectures: Result, latency: Result | None, measured: Sequence[Measured]) -> dict[str, list[Point]]:
    """What the vertical axis can show, with its points; a task without a measured network is left out."""
    choices = {PUBLISHED: published(architectures, latency)}
    for task, data in data_names(measured).items():
        choices[f"{data}: our accuracy"] = ours(measured, task)
    return {name: points for name, points in choices.items() if points}


def chart(measure: str, points: Sequence[Point], cost: str) -> LineChart:
    """The points whose `cost` (a key of COSTS) is known."""
    known = [point for point in points if point.costs[COSTS[cost]] is not None]
    missing = len(points) - len(known)
    title = f"{measure} against {cost}" + (f" (not known of {missing} of {len(points)} networks)" if missing else "")
    is_published = measure == PUBLISHED
    colours = {"convolutional": INDIGO if is_published else TEAL, "fully connected": AMBER}
    series = [
        _marks([point for point in known if point.kind == kind], cost, kind, colour)
        for kind, colour in colours.items()
        if any(point.kind == kind for point in known)
    ]
    costs = [x for one in series for x, _ in one.points] or [1.0]
    heights = [end for point in known for end in (point.interval or (point.value, point.value))] or [0.0]
    return LineChart(
        title,
        series,
        Axis(cost, log_ticks(costs), is_log=True, write=short),
        Axis("top-5 error, %" if is_published else "test accuracy, %", linear_ticks(heights)),
        has_legend=len(series) > 1,
    )


def _marks(points: Sequence[Point], cost: str, kind: str, colour: str) -> Series:
    shown = sorted(points, key=lambda point: point.costs[COSTS[cost]] or 0)
    return Series(
        kind,
        [(point.costs[COSTS[cost]] or 0, point.value) for point in shown],
        colour,
        is_line=False,
        said=[
            f"{point.name}\n{_amount(point, cost)}\n{point.value:.2f} %{_interval(point)}\n{point.note}"
            for point in shown
        ],
        intervals=[point.interval for point in shown],
        names=[point.name for point in shown],
    )


def _amount(point: Point, cost: str) -> str:
    amount = point.costs[COSTS[cost]]
    assert amount is not None  # a point without it is not drawn
    return f"{amount:.3g} ms" if COSTS[cost] == "latency_ms" else f"{count(amount)} {cost}"


def _interval(point: Point) -> str:
    if point.interval is None:
        return ""
    return f" (95 % interval {point.interval[0]:.2f} to {point.interval[1]:.2f})"
