"""Residual connections: the degradation of deep plain nets, and gradients by depth, before and after training.

Sigmoid nets without batch norm stand beside them as they begin: there the gradient vanishes.
"""

import statistics
from typing import Any

from space.compare.chart import Chart
from space.compare.results import Result
from space.compare.section import Section
from space.compare.words import percent, points, power_of_ten
from space.drawing.axis import Axis, linear_ticks, log_ticks, whole_numbers
from space.drawing.line_chart import LineChart, Series
from space.drawing.svg import COLOURS

PAIR = ("plain", "residual")
DASHES = {"plain": "1.5 3", "residual": "", "sigmoid": "7 4"}
WORDS = {"plain": "without shortcuts", "residual": "with shortcuts", "sigmoid": "with sigmoids and no batch norm"}
SAME = 0.01  # of one run, a smaller difference of errors is none
LEAST = 1e-16  # drawn: what a deep sigmoid net has left would press all other lines into one
NOTABLE = 10  # a gradient that grows by less from output to input, or shrinks by less, is about even
MANY = 1e9  # times as large or as small: from here on the power of ten says it better

Row = dict[str, Any]


def trained(result: Result) -> list[Row]:
    return [row for row in result["rows"] if row["curve"]]


def final_error(row: Row) -> float:
    """Training error after the last epoch, 0..1."""
    return float(1 - row["curve"][-1]["train_accuracy"])


def depth_costs(result: Result) -> dict[str, float]:
    """Of each form, the training error of its deepest trained net above that of its shallowest; empty without two."""
    costs = {}
    for form in PAIR:
        rows = sorted((row for row in trained(result) if row["form"] == form), key=lambda row: row["depth"])
        if len(rows) > 1:
            costs[form] = final_error(rows[-1]) - final_error(rows[0])
    return costs


def finding(result: Result) -> str:
    """Whether deep plain nets train worse than shallow ones, and whether shortcuts mend it."""
    costs = depth_costs(result)
    if len(costs) < len(PAIR):
        return "Nets of one depth alone were trained: they say nothing of what depth does"
    depths = [row["depth"] for row in trained(result)]
    plain, residual = costs["plain"], costs["residual"]
    if plain <= SAME:
        verdict = "Depth does not harm the plain net here"
    elif residual < plain - SAME:
        verdict = (
            "Depth harms the plain net, and shortcuts mend it" if residual <= SAME else "Shortcuts soften depth's harm"
        )
    else:
        verdict = "Depth harms the plain net, and shortcuts do not mend it here"
    return (
        f"{verdict}: from {min(depths)} to {max(depths)} layers the training error ends "
        f"{points(plain, 'higher', 'lower')} without shortcuts, {points(residual, 'higher', 'lower')} with them"
    )


def change(gradients: list[float]) -> float:
    """The gradient near the input as a multiple of that near the output: medians of a fifth of the layers each."""
    fifth = max(1, len(gradients) // 5)
    return statistics.median(gradients[:fifth]) / max(statistics.median(gradients[-fifth:]), 1e-12)


def times(ratio: float) -> str:
    """How many times as large or as small, with two digits or as a power of ten."""
    more = ratio >= 1
    size = ratio if more else 1 / max(ratio, 1e-300)
    said = f"{float(f'{size:.2g}'):,.10g}" if size < MANY else f"about {power_of_ten(size)}"
    return f"{said} times {'as large' if more else 'smaller'}"


def gradient_finding(result: Result, what: str, when: str) -> str:
    """How even the gradient is over the layers, in the deepest nets that have it."""
    rows = [row for row in result["rows"] if row[what]]
    if not rows:
        return f"No gradients {when} yet"
    deepest = max(row["depth"] for row in rows)
    parts = [f"{times(change(row[what]))} {WORDS[row['form']]}" for row in rows if row["depth"] == deepest]
    return f"Gradient {when}, near the input of {deepest} layers against near their output: {', '.join(parts)}"


def curve_finding(result: Result) -> str:
    """Test accuracy of every trained net, in words."""
    parts = [f"{row['form']} {row['depth']}: {percent(row['test_accuracy'])}" for row in trained(result)]
    return f"Test accuracy: {', '.join(parts)}" if parts else "No net was trained yet"


def charts(result: Result) -> list[Chart]:
    rows = trained(result)
    return [
        _gradients(result, result["rows"], "initial_gradients", "at initialisation"),
        _gradients(result, rows, "trained_gradients", "after training"),
        _curves(result, rows),
    ]


def _gradients(result: Result, rows: list[Row], what: str, when: str) -> LineChart:
    """What is smaller than LEAST leaves the figure."""
    values = [value for row in rows for value in row[what]] or [1.0]
    low = LEAST if min(values) < LEAST else min(values)
    return LineChart(
        gradient_finding(result, what, when),
        [_gradient(result, row, what) for row in rows if row[what]],
        Axis("place in the net, from input (0) to output (1)", (0, 0.25, 0.5, 0.75, 1)),
        Axis("norm of the gradient", log_ticks([low, max(values)]), is_log=True, write=power),
    )


def _gradient(result: Result, row: Row, what: str) -> Series:
    values = row[what]
    name = f"{row['form']}, {row['depth']}"
    said = f"{name}\ngradient norm {values[0]:.3g} at the first convolution\n{values[-1]:.3g} at the last"
    points = [(number / max(len(values) - 1, 1), value) for number, value in enumerate(values) if value >= LEAST]
    return Series(name, points, *_look(result, row), has_marks=False, said=[said])


def _look(result: Result, row: Row) -> tuple[str, str]:
    """Colour by depth, dashes by form."""
    depths = sorted({other["depth"] for other in result["rows"]})
    return COLOURS[depths.index(row["depth"]) % len(COLOURS)], DASHES[row["form"]]


def _curves(result: Result, rows: list[Row]) -> LineChart:
    lines = [_curve(result, row) for row in rows]
    points = [point for one in lines for point in one.points] or [(1, 0)]
    return LineChart(
        curve_finding(result),
        lines,
        Axis("epoch", whole_numbers(1, max(2, *(round(epoch) for epoch, _ in points)))),
        Axis("training error, %", linear_ticks([error for _, error in points])),
    )


def _curve(result: Result, row: Row) -> Series:
    name = f"{row['form']}, {row['depth']}"
    return Series(
        name,
        [(point["epoch"], 100 * (1 - point["train_accuracy"])) for point in row["curve"]],
        *_look(result, row),
        said=[
            f"{name}\nepoch {point['epoch']}\ntraining error {percent(1 - point['train_accuracy'])}\n"
            f"validation error {percent(1 - point['val_accuracy'])}"
            for point in row["curve"]
        ],
    )


def power(value: float) -> str:
    """A power of ten at an axis, and other numbers as they are."""
    is_near = 0.01 <= value <= 1000
    return f"{value:,.10g}" if is_near else power_of_ten(value)


def reading(result: Result) -> str:
    trained_depths = {row["depth"] for row in trained(result)}
    only = sorted({row["depth"] for row in result["rows"] if row["form"] in PAIR} - trained_depths)
    rest = f" Nets of {', '.join(map(str, only))} layers are shown as they begin." if only else ""
    return (
        "Dotted lines are plain nets. Solid ones add shortcuts alone: the layers and the number of parameters are the "
        "same (He et al. 2015, section 4.2). A gradient is that of the loss with respect to one convolution's weights. "
        "Layers near the output have four times the channels, so compare the forms rather than the two ends. Plain and "
        "residual nets have batch norm, so vanishing gradients are not what troubles the deep plain net (section 4.1)."
        f"{explosion(result)}{rest}{sigmoid_words(result)} Each trained net took "
        f"{result['epochs']} epochs on {result['n_train']:,} augmented images of {result['data']} with seed "
        f"{result['seed']}, and was tested on {result['n_test']:,} images. With one run a net, differences under a "
        f"point say little.{added(result)}"
    )


def deepest_change(result: Result, form: str) -> float | None:
    """`change` at initialisation of the deepest net of a form; None without one."""
    rows = [row for row in result["rows"] if row["form"] == form]
    return change(max(rows, key=lambda row: row["depth"])["initial_gradients"]) if rows else None


def explosion(result: Result) -> str:
    ratio = deepest_change(result, "plain")
    return " Its gradient grows towards the input: it explodes." if ratio and ratio > NOTABLE else ""


def sigmoid_words(result: Result) -> str:
    """What the dashed lines are, where there are any."""
    ratio = deepest_change(result, "sigmoid")
    if ratio is None:
        return ""
    outcome = f" There the gradient vanishes. Below {power_of_ten(LEAST)} no figure shows it."
    return (
        " Dashed lines are the same convolutions with sigmoids, without batch norm, as they begin. Their weights start "
        f"as in Glorot and Bengio (2010).{outcome if ratio < 1 / NOTABLE else ''}"
    )


def added(result: Result) -> str:
    """When and on what nets were measured that joined the result later."""
    later: dict[tuple[str, str], list[str]] = {}
    for row in result["rows"]:
        if "created" in row or "hardware" in row:
            made = (row.get("created", result["created"]), row.get("hardware", result["hardware"]))
            later.setdefault(made, []).append(f"{row['form']} {row['depth']}")
    return "".join(f" Added {when}, on {hardware}: {', '.join(nets)}." for (when, hardware), nets in later.items())


SECTION = Section("residual", "What residual connections do", finding, reading, charts)
