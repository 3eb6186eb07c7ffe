"""The networks side by side: what each costs, what its paper reports, and what we measured of it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fovea import Model
from space.compare.results import Result
from space.compare.words import against

DATA_NAMES = {"digits": "MNIST", "flowers": "flower_photos", "objects": "CIFAR-10", "chest_xray": "chest X-rays"}
FAMILIES = ("mlp", "cifar_resnet")  # of many sizes: a figure belongs to a row only where the sizes are equal
OTHER_PAPERS = ("transfer/resnet50",)  # the second form of the ResNet, He et al. 2016, has no row
JPEG = "JPEG"  # what a description of CIFAR-10 holds where its images were stored so


@dataclass(frozen=True)
class Measured:
    """One trained network on one task. `accuracy` and its 95 % `interval` are shares, of `n` test images."""

    task: str
    network: str
    architecture: str
    parameters: int
    accuracy: float
    interval: tuple[float, float] | None
    n: int
    source: str
    created: str
    data: str = ""
    """what it was trained on, in words"""
    train_seconds: float | None = None
    multiply_adds: int | None = None
    latency_ms: float | None = None


Row = dict[str, Any]


def network_rows(
    architectures: Result, latency: Result | None, measured: Sequence[Measured]
) -> list[dict[str, str | float | None]]:
    """A row per architecture, its figures plain numbers: % for errors and accuracies, ms, seconds; None if unknown.

    `measured_parameters_TASK` is the size of the network whose accuracy and time stand in the row: often a narrower or
    shorter one than the paper's, whose costs stand there.
    """
    timed = {row["name"]: row for row in (latency or {}).get("rows", ())}
    tasks = data_names(measured)
    taken: set[str] = set()
    rows: list[dict[str, str | float | None]] = []
    for row in architectures["rows"]:
        # a second network of one architecture is another size: the figures belong to the first
        found = [one for one in measured if is_of(one, row)] if row["architecture"] not in taken else []
        taken.add(row["architecture"])
        own = timed.get(row["name"], {})
        rows.append(
            {key: row[key] for key in ("name", "year", "paper", "depth", "parameters", "multiply_adds")}
            | {"input": " x ".join(map(str, row["input"]))}
            | {key: row[key] for key in ("single_error", "single_source", "top5_error", "top5_source")}
            | {f"accuracy_{task}": _accuracy(found, task) for task in tasks}
            | {f"train_seconds_{task}": _seconds(found, task) for task in tasks}
            | {f"measured_parameters_{task}": _parameters(found, task) for task in tasks}
            | {"torch_ms": own.get("torch_ms"), "onnxruntime_ms": own.get("onnxruntime_ms")}
        )
    return rows


def is_of(one: Measured, row: Row) -> bool:
    """Whether a measured network is of a row's architecture."""
    is_same = one.architecture.rpartition("/")[2] == row["architecture"]
    is_same = is_same and one.architecture not in OTHER_PAPERS
    return is_same and (row["architecture"] not in FAMILIES or one.parameters == row["parameters"])


def _first(found: Iterable[Measured], task: str) -> Measured | None:
    return next((one for one in found if one.task == task), None)


def _accuracy(found: Iterable[Measured], task: str) -> float | None:
    one = _first(found, task)
    return None if one is None else round(100 * one.accuracy, 2)


def _seconds(found: Sequence[Measured], task: str) -> float | None:
    """Of the same network as the accuracy, by whichever run of it was timed."""
    one = _first(found, task)
    if one is None:
        return None
    alike = [one, *(other for other in found if other.task == task and other.parameters == one.parameters)]
    return next((other.train_seconds for other in alike if other.train_seconds is not None), None)


def _parameters(found: Iterable[Measured], task: str) -> int | None:
    one = _first(found, task)
    return None if one is None else one.parameters


def data_names(measured: Iterable[Measured]) -> dict[str, str]:
    """What the images of each task are called, with the form in which they were stored where that matters.

    Those of a task that is not known here are called as its first network's description of them begins.
    """
    names, forms = dict(DATA_NAMES), set()
    for one in measured:
        names.setdefault(one.task, _beginning(one.data) or one.task)
        if one.task in DATA_NAMES and JPEG in one.data:
            forms.add(one.task)
    return {task: f"{name}, as {JPEG}" if task in forms else name for task, name in names.items()}


def _beginning(data: str) -> str:
    """A description of data up to its first comma, not one within a number, or parenthesis."""
    return re.split(r",(?!\d)|\(", data, maxsplit=1)[0].strip()


def finding(architectures: Result) -> str:
    """From the first network with a published error to the one with the lowest: error, parameters, work."""
    rows = [row for row in architectures["rows"] if row["single_error"] is not None]
    first, best = min(rows, key=lambda row: row["year"]), min(rows, key=lambda row: row["single_error"])
    if first is best:
        return f"No network here errs less than {first['name']}, the first: {first['single_error']} %"
    size, work = (against(best[what], first[what]) for what in ("parameters", "multiply_adds"))
    return (
        f"From {first['name']} ({first['year']}) to {best['name']} ({best['year']}) the top-5 error of one network "
        f"with at most ten crops fell from {first['single_error']} to {best['single_error']} %, with {size} the "
        f"parameters and {work} the multiply-adds"
    )


def shipped(models: Iterable[Model], architectures: Result, latency: Result | None) -> list[Measured]:
    """The files that ship, those of known tasks first, by the figures in their own specs."""
    timed = {row["revision"]: row for row in (latency or {}).get("shipped", ())}
    found = []
    for model in models:
        spec = model.spec
        accuracy = spec.metric("accuracy")
        if accuracy is None:
            continue
        own = timed.get(model.revision, {})
        same = [row for row in architectures["rows"] if row["parameters"] == spec.parameters]
        found.append(
            Measured(
                task=spec.task,
                network=title(spec.title, spec.architecture, architectures),
                architecture=spec.architecture,
                parameters=spec.parameters,
                accuracy=accuracy.value,
                interval=accuracy.interval,
                n=accuracy.n,
                source=f"models/{model.path.name}",
                created=spec.created,
                data=spec.training_data,
                train_seconds=spec.train_seconds,
                multiply_adds=own.get("multiply_adds", same[0]["multiply_adds"] if same else None),
                latency_ms=own.get("onnxruntime_ms"),
            )
        )
    known = list(DATA_NAMES)
    return sorted(found, key=lambda one: known.index(one.task) if one.task in known else len(known))


def title(given: str, architecture: str, architectures: Result) -> str:
    """A spec's title with the network's name as its paper writes it."""
    key = architecture.rpartition("/")[2]
    names = {row["architecture"]: row["name"] for row in reversed(architectures["rows"])}
    return given.replace(key, names.get(key, key))


def trained_runs(tasks: Result | None, architectures: Result) -> list[Measured]:
    """The runs that the experiment `tasks` gathered."""
    return [
        Measured(
            task=row["task"],
            network=title(row["title"], row["architecture"], architectures),
            architecture=row["architecture"],
            parameters=row["parameters"],
            accuracy=row["accuracy"],
            interval=tuple(row["interval"]) if row["interval"] else None,
            n=row["n_test"],
            source=row["command"],
            created=row["created"],
            data=row["data"],
            train_seconds=row["train_seconds"],
            multiply_adds=row["multiply_adds"],
        )
        for row in (tasks or {}).get("rows", ())
    ]


def from_locality(result: Result | None) -> list[Measured]:
    """The nets of the experiment on locality."""
    if result is None:
        return []
    return [
        Measured(
            task="digits",
            network=_net_name(row),
            architecture="mlp" if row["form"] == "fully connected" else "lenet5",
            parameters=row["parameters"],
            accuracy=row["accuracy"],
            interval=tuple(row["interval"]),
            n=result["n_test"],
            source=result["command"],
            created=result["created"],
            train_seconds=row.get("train_seconds"),
            multiply_adds=row.get("multiply_adds"),
        )
        for row in result["rows"]
    ]


def _net_name(row: Mapping[str, Any]) -> str:
    if row["form"] == "fully connected":
        return f"Fully connected, {' + '.join(map(str, row['size']))} units"
    return f"LeNet-5, {row['size']:g} times its width" if row["size"] != 1 else "LeNet-5, without augmentation"


def from_residual(result: Result | None) -> list[Measured]:
    """The nets of the experiment on residual connections that were trained."""
    if result is None:
        return []
    return [
        Measured(
            task="objects",
            network=f"{row['form'].capitalize()} net of {row['depth']} layers, {result['n_train']:,} images",
            architecture="cifar_resnet" if row["form"] == "residual" else "plain",
            data=result["data"],
            parameters=row["parameters"],
            accuracy=row["test_accuracy"],
            interval=tuple(row["interval"]) if row.get("interval") else None,
            n=result["n_test"],
            source=result["command"],
            created=result["created"],
            train_seconds=row.get("train_seconds"),
            multiply_adds=row.get("multiply_adds"),
        )
        for row in result["rows"]
        if row["test_accuracy"] is not None
    ]
