"""Residual connections: the degradation of deep plain nets, and gradients by depth, before and after training.

Sigmoid nets without batch norm stand beside them as they begin: there the gradient vanishes.
"""

import statistics
from math import floor, log10
from typing import Any

from space.compare.chart import COLOURS, Axis, Chart, Trace, axis, line
from space.compare.results import Result
from space.compare.section import Section
from space.compare.words import percent, points, power_of_ten

PAIR = ("plain", "residual")
DASHES = {"plain": "dot", "residual": "solid", "sigmoid": "dash"}
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
    place = axis("place in the net, input (0) to output (1)", range=[-0.02, 1.02])
    return [
        Chart(
            gradient_finding(result, "initial_gradients", "at initialisation"),
            [_gradients(result, row, "initial_gradients") for row in result["rows"]],
            place,
            _norm(result["rows"], "initial_gradients"),
        ),
        Chart(
            gradient_finding(result, "trained_gradients", "after training"),
            [_gradients(result, row, "trained_gradients") for row in trained(result)],
            place,
            _norm(trained(result), "trained_gradients"),
        ),
        Chart(
            curve_finding(result),
            [_curve(result, row) for row in trained(result)],
            axis("epoch", form="d"),
            axis("training error, %"),
        ),
    ]


def _norm(rows: list[Row], what: str) -> Axis:
    """The axis of the gradients' size; what is smaller than LEAST leaves the figure."""
    values = [value for row in rows for value in row[what]]
    bounds: dict[str, Any] = (
        {"range": [log10(LEAST), floor(log10(max(values))) + 1]} if min(values, default=1) < LEAST else {}
    )
    return axis("norm of the gradient", is_log=True, form="~g", **bounds)


def _style(result: Result, row: Row) -> dict[str, Any]:
    depths = sorted({other["depth"] for other in result["rows"]})
    return {"color": COLOURS[depths.index(row["depth"]) % len(COLOURS)], "dash": DASHES[row["form"]], "width": 2}


def _gradients(result: Result, row: Row, what: str) -> Trace:
    values = row[what]
    style = _style(result, row)
    return line(
        f"{row['form']}, {row['depth']}",
        [number / max(len(values) - 1, 1) for number in range(len(values))],
        values,
        style["color"],
        "convolution %{customdata}<br>gradient norm %{y:.4~g}",
        customdata=[f"{number} of {len(values)}" for number in range(1, len(values) + 1)],
        mode="lines",
        line=style,
    )


def _curve(result: Result, row: Row) -> Trace:
    style = _style(result, row)
    return line(
        f"{row['form']}, {row['depth']}",
        [point["epoch"] for point in row["curve"]],
        [100 * (1 - point["train_accuracy"]) for point in row["curve"]],
        style["color"],
        "epoch %{x}<br>training error %{y:.1f} %<br>validation error %{customdata} %",
        customdata=[f"{100 * (1 - point['val_accuracy']):.1f}" for point in row["curve"]],
        line=style,
    )


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
