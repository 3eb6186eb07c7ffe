"""Fully connected against convolutional on digits: at equal parameters, at equal accuracy, and on shifted digits."""

from math import log
from typing import Any

from space.compare.chart import Chart
from space.compare.results import Result
from space.compare.section import Section
from space.compare.words import count, percent
from space.drawing.axis import Axis, linear_ticks, log_ticks, short, whole_numbers
from space.drawing.line_chart import LineChart, Series
from space.drawing.svg import AMBER, TEAL

CONVOLUTIONAL, DENSE = "convolutional", "fully connected"
FORMS = {CONVOLUTIONAL: TEAL, DENSE: AMBER}

Row = dict[str, Any]


def of_form(rows: list[Row], form: str) -> list[Row]:
    """The rows of one form, smallest net first."""
    return sorted((row for row in rows if row["form"] == form), key=lambda row: row.get("parameters", 0))


def equal_pair(result: Result) -> tuple[Row, Row]:
    """The convolutional and the fully connected net whose numbers of parameters are nearest to each other."""
    pairs = [(a, b) for a in of_form(result["rows"], CONVOLUTIONAL) for b in of_form(result["rows"], DENSE)]
    return min(pairs, key=lambda pair: abs(log(pair[0]["parameters"] / pair[1]["parameters"])))


def smallest_as_good(result: Result) -> Row:
    """The smallest convolutional net that reads as many digits as the fully connected one of `equal_pair`."""
    _, dense = equal_pair(result)
    as_good = [row for row in of_form(result["rows"], CONVOLUTIONAL) if row["accuracy"] >= dense["accuracy"]]
    return min(as_good, key=lambda row: row["parameters"])


def finding(result: Result) -> str:
    """At equal parameters: which form errs less, or that chance may explain the difference."""
    conv, dense = equal_pair(result)
    errors = f"{percent(1 - dense['accuracy'], 2)} against {percent(1 - conv['accuracy'], 2)} of the test digits"
    sizes = f"{dense['parameters']:,} and {conv['parameters']:,} parameters"
    better, worse = sorted((conv, dense), key=lambda row: -row["accuracy"])
    if better["interval"][0] <= worse["interval"][1]:
        return (
            f"With {sizes}, a fully connected and a convolutional net do not differ beyond chance: {errors} are misread"
        )
    ratio = (1 - worse["accuracy"]) / max(1 - better["accuracy"], 1e-9)
    return f"With {sizes}, the {worse['form']} net misreads {ratio:.1f} times as many digits: {errors}"


def at_equal_accuracy(result: Result) -> str:
    """How small a convolutional net may be to match the best fully connected one."""
    best = max(of_form(result["rows"], DENSE), key=lambda row: row["accuracy"])
    matching = [row for row in of_form(result["rows"], CONVOLUTIONAL) if row["accuracy"] >= best["accuracy"]]
    theirs = f"the best fully connected one ({percent(best['accuracy'], 2)} with {count(best['parameters'])})"
    if not matching:
        return f"No convolutional net here is as accurate as {theirs}"
    row = matching[0]
    return (
        f"A convolutional net of {count(row['parameters'])} parameters ({percent(row['accuracy'], 2)}) matches {theirs}"
    )


def when_shifted(result: Result) -> str:
    """Accuracy at the shift where the two forms differ most."""
    by_form = {form: {row["shift"]: row["accuracy"] for row in of_form(result["shifted"], form)} for form in FORMS}
    conv, dense = by_form[CONVOLUTIONAL], by_form[DENSE]
    shift = max(set(conv) - {0}, key=lambda pixels: abs(conv[pixels] - dense[pixels]))
    better, worse = sorted(((conv, CONVOLUTIONAL), (dense, DENSE)), key=lambda pair: -pair[0][shift])
    unit = "pixel" if shift == 1 else "pixels"
    return (
        f"Moved by {shift} {unit}, {percent(better[0][shift])} are still read by the {better[1]} net, "
        f"{percent(worse[0][shift])} by the {worse[1]} one"
    )


def charts(result: Result) -> list[Chart]:
    sizes = [_by_size(result, form) for form in FORMS]
    shifts = [_by_shift(result, form) for form in FORMS]
    shifted = [point for one in shifts for point in one.points]
    return [
        LineChart(
            at_equal_accuracy(result),
            sizes,
            Axis("parameters", log_ticks([x for one in sizes for x, _ in one.points]), is_log=True, write=short),
            Axis("test error, %", log_ticks([y for one in sizes for _, y in one.points]), is_log=True),
        ),
        LineChart(
            when_shifted(result),
            shifts,
            Axis("shift of the test digits, pixels", whole_numbers(0, round(max(x for x, _ in shifted)))),
            Axis("test accuracy, %", linear_ticks([y for _, y in shifted])),
        ),
    ]


def _by_size(result: Result, form: str) -> Series:
    rows = of_form(result["rows"], form)
    return Series(
        form,
        [(row["parameters"], 100 * (1 - row["accuracy"])) for row in rows],
        FORMS[form],
        said=[
            f"{form}\n{row['parameters']:,} parameters\nerror {percent(1 - row['accuracy'], 2)}\n"
            f"accuracy {percent(row['accuracy'], 2)} ({_interval(row['interval'])})"
            for row in rows
        ],
    )


def _by_shift(result: Result, form: str) -> Series:
    rows = of_form(result["shifted"], form)
    return Series(
        form,
        [(row["shift"], 100 * row["accuracy"]) for row in rows],
        FORMS[form],
        said=[f"{form}\nmoved by {row['shift']} pixels\naccuracy {percent(row['accuracy'])}" for row in rows],
    )


def _interval(interval: list[float]) -> str:
    return f"95 % interval {interval[0] * 100:.2f} to {interval[1] * 100:.2f}"


def reading(result: Result) -> str:
    seeds = f"the mean of {result['seeds']} seeds" if result["seeds"] > 1 else "one seed"
    return (
        "The first figure shows what a number of parameters buys: lower is better. The second one shows shifted "
        "digits, which no net saw in training. A convolution looks for the same stroke everywhere. A fully connected "
        "layer learns each place for itself. From about four pixels on, a shift pushes ink over the edge, which no net "
        f"can read. Every net was trained alike for {result['epochs']} epochs on MNIST without augmentation. Each "
        f"value is {seeds} on {result['n_test']:,} test digits, with shifts in eight directions."
    )


SECTION = Section("locality", "What locality and weight sharing buy", finding, reading, charts)
