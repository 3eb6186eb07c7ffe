"""What a lesson's text can name: the stored results, how to find a figure in them, and how to write it."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined, TemplateError

from fovea import FoveaError, rounding
from space.compare import curves, locality, residual
from space.compare.results import RESULTS, find_result, provenance
from space.compare.words import count, duration, percent, points

EVIDENCE = Path(__file__).parents[2] / "docs" / "chest_xray" / "evidence.json"
PUBLISHED = Path(__file__).with_name("published.json")

Row = Mapping[str, Any]


class MissingFigureError(FoveaError):
    """A lesson names a figure that no stored result holds."""


class Figures:
    """The stored results by name; a name without a result, and a row without a match, raise MissingFigureError."""

    def __init__(self, results: Path = RESULTS, evidence: Path = EVIDENCE) -> None:
        self._results = results
        self._evidence = evidence

    def result(self, experiment: str) -> Row:
        found = find_result(self._results, experiment)
        if found is None:
            raise MissingFigureError(f"The result {experiment}.json is missing. Run the experiment {experiment}.")
        return found

    def row(self, experiment: str, **wanted: Any) -> Row:
        """The first row of a result whose values are the wanted ones."""
        return first(self.result(experiment)["rows"], experiment, **wanted)

    def network(self, name: str) -> Row:
        return self.row("architectures", name=name)

    def layer(self, network: str, name: str) -> Row:
        return first(self.network(network)["layers"], network, name=name)

    def evidence(self) -> Row:
        """What was measured of the chest X-ray model."""
        if not self._evidence.is_file():
            raise MissingFigureError(f"{self._evidence.name} is missing. Run `python -m evidence chest_xray`.")
        return dict(json.loads(self._evidence.read_text(encoding="utf-8")))


def first(rows: Sequence[Row], where: str, **wanted: Any) -> Row:
    """The first of `rows` whose values are the wanted ones. Raises MissingFigureError."""
    found = (row for row in rows if all(row.get(key) == value for key, value in wanted.items()))
    row = next(found, None)
    if row is None:
        raise MissingFigureError(f"No row of {where} has {wanted}.")
    return row


def published() -> Row:
    """Figures of the papers that no network here stands for, with their sources."""
    return dict(json.loads(PUBLISHED.read_text(encoding="utf-8")))


def whole(number: float) -> str:
    return f"{number:,.0f}"


def between(interval: Sequence[float], digits: int = 2) -> str:
    """The two ends, shares in 0..1, in percent: "99.24 to 99.54 %"."""
    low, high = interval
    return f"{rounding.percent(low, digits)} to {percent(high, digits)}"


def dense_parameters(inputs: int, units: int) -> int:
    """Weights and biases of a dense layer."""
    return inputs * units + units


def kernel_parameters(kernels: int, side: int, maps: int) -> int:
    """Weights and biases of a convolution with square kernels that see all maps."""
    return kernels * (side * side * maps + 1)


def activation_values(network: Row) -> int:
    """Numbers that the layers with weights put out for one image."""
    total = 0
    for layer in network["layers"]:
        values = 1
        for size in layer["shape"]:
            values *= size
        total += values
    return total


def share_of(network: Row, kind: str, what: str) -> float:
    """The share of a network's `what` in its layers of one kind, 0..1."""
    return float(sum(layer[what] for layer in network["layers"] if layer["kind"] == kind) / network[what])


def environment(figures: Figures) -> Environment:
    """Where lessons are filled; a name that is not there fails."""
    names: dict[str, Callable[..., Any]] = {
        "result": figures.result,
        "row": figures.row,
        "network": figures.network,
        "layer": figures.layer,
        "evidence": figures.evidence,
        "published": published,
        "provenance": provenance,
        "equal_pair": locality.equal_pair,
        "smallest_as_good": locality.smallest_as_good,
        "gradient_change": residual.change,
        "gradient_times": residual.times,
        "added_rows": residual.added,
        "final_error": residual.final_error,
        "phase_ends": curves.ends,
        "dense_parameters": dense_parameters,
        "kernel_parameters": kernel_parameters,
        "activation_values": activation_values,
        "share_of": share_of,
        "first": first,
    }
    made = Environment(undefined=StrictUndefined, autoescape=False, trim_blocks=True, keep_trailing_newline=True)
    made.globals |= names
    made.filters |= {
        "percent": percent,
        "percent2": partial(percent, digits=2),
        "percent0": partial(percent, digits=0),
        "points": partial(points, more="more", less="less"),
        "count": count,
        "duration": duration,
        "whole": whole,
        "between": between,
    }
    return made


def filled(text: str, figures: Figures) -> str:
    """`text` with its figures. Raises MissingFigureError where one is not stored."""
    try:
        made = environment(figures).from_string(text).render()
    except (TemplateError, KeyError, IndexError, TypeError) as error:
        raise MissingFigureError(f"A figure of this lesson is not stored: {error}.") from error
    return re.sub(r"(?<=\d) x (?=\d)", "\N{NO-BREAK SPACE}x\N{NO-BREAK SPACE}", made)  # a size stays on one line
