"""The columns of the two tables: the networks side by side, and every network that was trained here."""

from collections.abc import Callable, Mapping
from typing import Any

from space.compare.networks import TASKS, Measured
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


NETWORKS = (
    Column("network", _key("name")),
    Column("year", _key("year")),
    Column("layers", _key("depth")),
    Column("parameters", _key("parameters"), millions, unit="millions"),
    Column("multiply-adds", _key("multiply_adds"), millions, unit="millions"),
    Column("one network", _key("single_error"), hundredths, unit="top-5 error, %"),
    Column("best", _key("top5_error"), hundredths, unit="top-5 error, %"),
    *(Column(data, _key(f"accuracy_{task}"), hundredths, unit="our accuracy, %") for task, data in TASKS.items()),
    Column("onnxruntime", _key("onnxruntime_ms"), milliseconds, unit="latency, ms"),
    Column("torch", _key("torch_ms"), milliseconds, unit="latency, ms"),
    *(Column(data, _key(f"train_seconds_{task}"), duration, unit="our training") for task, data in TASKS.items()),
    Column("input", _key("input"), unit="pixels"),
    Column("paper", _key("paper")),
    Column("source of one network's error", lambda row: row["single_source"] or None),
    Column("source of the best error", lambda row: row["top5_source"] or None),
)


def _interval(one: Measured) -> str | None:
    return None if one.interval is None else f"{100 * one.interval[0]:.2f} to {100 * one.interval[1]:.2f}"


MEASURED = (
    Column("network", lambda one: one.network),
    Column("task", lambda one: TASKS[one.task]),
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
