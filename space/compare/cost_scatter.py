"""Accuracy against cost, with both axes to choose: every pair is a chart of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from space.compare.chart import AMBER, INDIGO, TEAL, Chart, Trace, axis
from space.compare.networks import Measured, data_names
from space.compare.results import Result
from space.compare.words import count

PUBLISHED = "ImageNet: published top-5 error"
MAX_NAMES = 8  # beside the marks; more would lie on each other, and hovering names them
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


def chart(measure: str, points: Sequence[Point], cost: str) -> Chart:
    """The points whose `cost` (a key of COSTS) is known."""
    known = [point for point in points if point.costs[COSTS[cost]] is not None]
    missing = len(points) - len(known)
    title = f"{measure} against {cost}" + (f" (not known of {missing} of {len(points)} networks)" if missing else "")
    is_published = measure == PUBLISHED
    colours = {"convolutional": INDIGO if is_published else TEAL, "fully connected": AMBER}
    traces = [
        _marks([point for point in known if point.kind == kind], cost, kind, colour, has_names=len(known) <= MAX_NAMES)
        for kind, colour in colours.items()
    ]
    x = axis(cost, is_log=True, form="~s", dtick="D2")
    y = axis("top-5 error, %" if is_published else "test accuracy, %")
    has_both = len({point.kind for point in known}) > 1
    return Chart(title, traces, x, y, {"height": 400, "showlegend": has_both})


def _marks(points: Sequence[Point], cost: str, kind: str, colour: str, *, has_names: bool) -> Trace:
    shown = sorted(points, key=lambda point: point.costs[COSTS[cost]] or 0)
    return {
        "type": "scatter",
        "mode": "markers+text" if has_names else "markers",
        "name": kind,
        "x": [point.costs[COSTS[cost]] for point in shown],
        "y": [point.value for point in shown],
        "text": [point.name for point in shown],
        # in turn, so that neighbours' names part
        "textposition": [("top center", "bottom center")[number % 2] for number in range(len(shown))],
        "textfont": {"size": 11},
        "cliponaxis": False,
        "marker": {"size": 11, "color": colour},
        "customdata": [[point.note, _interval(point), _amount(point, cost)] for point in shown],
        "hovertemplate": "<b>%{text}</b><br>%{customdata[2]}<br>%{y:.2f} %%{customdata[1]}<br>%{customdata[0]}"
        "<extra></extra>",
        "error_y": _bars(shown, colour),
    }


def _amount(point: Point, cost: str) -> str:
    amount = point.costs[COSTS[cost]]
    assert amount is not None  # a point without it is not drawn
    return f"{amount:.3g} ms" if COSTS[cost] == "latency_ms" else f"{count(amount)} {cost}"


def _interval(point: Point) -> str:
    if point.interval is None:
        return ""
    return f" (95 % interval {point.interval[0]:.2f} to {point.interval[1]:.2f})"


def _bars(points: Sequence[Point], colour: str) -> dict[str, object]:
    ends = [point.interval or (point.value, point.value) for point in points]
    return {
        "type": "data",
        "symmetric": False,
        "array": [end[1] - point.value for point, end in zip(points, ends, strict=True)],
        "arrayminus": [point.value - end[0] for point, end in zip(points, ends, strict=True)],
        "thickness": 1,
        "width": 3,
        "color": colour,
    }
