"""The columns of the two tables: the networks side by side, and every network that was trained here."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from space.compare.networks import Measured, data_names
from space.compare.table import Column
from space.compare.words import duration


def millions(number: float) -> str:
    """A count in millions, with three digits."""
    return f"{number / 1e6:#.3g}".rstrip(".") if number < 1e9 else f"{number / 1e6:,.0f}"


def hundredths(number: float) -> str:
    return f"{number:.2f}"


def whole(number: float) -> str:
    return f"{number:,.0f}"


def milliseconds(number: float) -> str:
    """With three digits."""
    return f"{number:.3g}" if number < 100 else f"{number:,.0f}"


def _key(name: str) -> Callable[[Mapping[str, Any]], Any]:
    """The value called `name` of a row of `networks.network_rows`."""
    return lambda row: row[name]


def _size_noted(task: str) -> Callable[[Mapping[str, Any]], str]:
    """How large the measured network was, where it is not the paper's: that one's costs stand in the row."""

    def note(row: Mapping[str, Any]) -> str:
        size = row[f"measured_parameters_{task}"]
        return "" if size is None or size == row["parameters"] else f"with {millions(size)} M"

    return note


def network_columns(measured: Iterable[Measured]) -> Sequence[Column]:
    """For the rows of `networks.network_rows`."""
    names = data_names(measured)
    return (
        Column("network", _key("name")),
        Column("year", _key("year")),
        Column("layers", _key("depth")),
        Column("parameters", _key("parameters"), millions, unit="millions"),
        Column("multiply-adds", _key("multiply_adds"), millions, unit="millions"),
        Column("one network", _key("single_error"), hundredths, unit="top-5 error, %"),
        Column("several together", _key("top5_error"), hundredths, unit="top-5 error, %"),
        *(
            Column(names[task], _key(f"accuracy_{task}"), hundredths, "our accuracy, %", _size_noted(task))
            for task in names
        ),
        Column("onnxruntime", _key("onnxruntime_ms"), milliseconds, unit="latency, ms"),
        Column("torch", _key("torch_ms"), milliseconds, unit="latency, ms"),
        *(
            Column(names[task], _key(f"train_seconds_{task}"), duration, "our training", _size_noted(task))
            for task in names
        ),
        Column("input", _key("input"), unit="pixels"),
        Column("paper", _key("paper")),
        Column("source of one network's error", lambda row: row["single_source"] or None),
        Column("source of the error of several", lambda row: row["top5_source"] or None),
    )


def _interval(one: Measured) -> str | None:
    return None if one.interval is None else f"{100 * one.interval[0]:.2f} to {100 * one.interval[1]:.2f}"


def measured_columns(measured: Iterable[Measured]) -> Sequence[Column]:
    """For the networks that were trained here."""
    names = data_names(measured)
    return (
        Column("network", lambda one: one.network),
        Column("task", lambda one: names[one.task]),
        Column("accuracy", lambda one: 100 * one.accuracy, hundredths, unit="%"),
        Column("95 % interval", _interval),
        Column("test images", lambda one: one.n, whole),
        Column("parameters", lambda one: one.parameters, millions, unit="millions"),
        Column("multiply-adds", lambda one: one.multiply_adds, millions, unit="millions"),
        Column("latency", lambda one: one.latency_ms, milliseconds, unit="ms"),
        Column("training", lambda one: one.train_seconds, duration),
        Column("made", lambda one: one.created),
        Column("source", lambda one: one.source),
    )
