"""Training runs and experiments, from the JSON files that the Compare tab shows."""

import statistics
from collections.abc import Iterator
from math import log10
from typing import Any

from evidence.results.stored import experiment, rows_of
from evidence.results.table import NONE, Table, minutes, provenance, rounded, share

SIZES = {"tuned": "fine-tuned", "frozen": "frozen features", "scratch": "from scratch"}
NETS = {"residual": "with shortcuts", "sigmoid": "sigmoid, no batch norm"}
LEAST_WRITTEN = 1e-3  # a smaller ratio is written as a power of ten
SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
REPORTS = {
    ("flowers", "vgg16-reference"): "flowers/vgg16-reference/report.md",
    ("objects", "googlenet"): "objects/googlenet/report.md",
    ("objects", "inception_v3"): "objects/inception_v3/report.md",
}

Row = dict[str, Any]


def runs(task: str) -> Iterator[Table]:
    """The network of each run before its export."""
    rows = [
        [
            row["title"],
            share(row["accuracy"], row["interval"]),
            f"{row['n_test']:,}",
            f"{row['parameters']:,}",
            minutes(row["train_seconds"]),
            f"`{row['command']}`, {row['created']}",
        ]
        for row in rows_of("tasks", task=task)
    ]
    if rows:
        header = ("network", "test accuracy", "n", "parameters", "training in all", "command and date")
        result = experiment("tasks") or {}
        yield Table(
            "Trainings, before the export", header, rows, result["command"], result["created"], note=verdicts(task)
        )


def verdicts(task: str) -> str:
    """What the curves of each run say, with a link to its report."""
    lines = [
        f"- [{row['title']}]({REPORTS[task, row['run']]}): {row['verdict']} {' '.join(row['discussion'])}".rstrip()
        for row in rows_of("curves", task=task)
        if (task, row["run"]) in REPORTS
    ]
    return "What the curves say:\n\n" + "\n".join(lines) if lines else ""


def training_sizes() -> Iterator[Table]:
    result = experiment("training_sizes")
    if result is None:
        return
    cells = {(row["n_train"], row["method"]): row for row in result["rows"]}
    rows = [
        [f"{size:,}", *(_accuracy(cells.get((size, method))) for method in SIZES)]
        for size in sorted({size for size, _ in cells})
    ]
    (n,) = {f"{row['n_test']:,}" for row in result["rows"]}
    runs_each = {
        method: max(len(row["runs"]) for row in result["rows"] if row["method"] == method)
        for method in {row["method"] for row in result["rows"]}
    }
    subsets = ", ".join(f"{SIZES[method]} {runs_each[method]}" for method in SIZES if method in runs_each)
    note = (
        f"Test accuracy on {n} photos, means over subsets of each size: {subsets}. The network from scratch is "
        f"smaller: {result['scratch_network']}. ![Accuracy by number of photos](training_sizes.png)"
    )
    yield Table("What transfer saves", ("training photos", *SIZES.values()), rows, **provenance(result), note=note)


def same_network() -> Iterator[Table]:
    result = experiment("same_network")
    if result is None:
        return
    rows = [
        [
            SIZES[row["method"]],
            _accuracy(row),
            f"{row['parameters']['trained']:,} of {row['parameters']['all']:,}",
            str(row["epochs"]),
            minutes(row["seconds"]),
        ]
        for row in result["rows"]
    ]
    size = result["size"]
    note = (
        f"{result['network']}, {size} x {size} pixels, {result['n_train']:,} training and {result['n_test']:,} test "
        f"photos, seed {result['seed']}. Every way begins with an empty cache."
    )
    header = ("method", "test accuracy", "parameters that learn", "epochs", "training")
    yield Table("One network, trained in three ways", header, rows, **provenance(result), note=note)


def locality() -> Iterator[Table]:
    result = experiment("locality")
    if result is None:
        return
    rows = [[row["form"], f"{row['parameters']:,}", _accuracy(row)] for row in result["rows"]]
    n, seeds = f"{result['n_test']:,}", result["seeds"]
    note = f"{n} test images, means of {seeds} seeds, {result['epochs']} epochs. ![Accuracy by size](locality.png)"
    header = ("network", "parameters", "test accuracy")
    yield Table("Fully connected against convolutional on MNIST", header, rows, **provenance(result), note=note)
    cells = {(row["form"], row["shift"]): row["accuracy"] for row in result["shifted"]}
    forms = list(dict.fromkeys(form for form, _ in cells))
    shifts = sorted({shift for _, shift in cells})
    moved = [[str(shift), *(share(cells.get((form, shift)), digits=1) for form in forms)] for shift in shifts]
    header = ("digits shifted by pixels", *forms)
    yield Table("The same on shifted digits", header, moved, **provenance(result), note=f"On {n} test images.")


def residual() -> Iterator[Table]:
    result = experiment("residual")
    if result is None:
        return
    rows = [
        [
            str(row["depth"]),
            NETS.get(row["form"], row["form"]),
            share(1 - row["curve"][-1]["train_accuracy"], digits=1) if row["curve"] else NONE,
            share(row["test_accuracy"], row["interval"], 1),
            times(gradient_change(row["initial_gradients"])),
        ]
        for row in result["rows"]
    ]
    seconds = sum(row["train_seconds"] or 0 for row in result["rows"])
    note = (
        f"{result['data']}: {result['n_train']:,} training and {result['n_test']:,} test images, {result['epochs']} "
        f"epochs, seed {result['seed']}, {minutes(seconds)} in all. The gradient is that at the start, of the first "
        f"fifth of the layers against the last.{added(result)} ![Training error and gradients by depth](residual.png)"
    )
    header = ("layers", "net", "training error at the end", "test accuracy", "gradient near the input")
    yield Table("What residual connections do", header, rows, **provenance(result), note=note)


def gradient_change(gradients: list[float]) -> float:
    """The gradient of the first fifth of the layers as a multiple of that of the last fifth, medians."""
    fifth = max(1, len(gradients) // 5)
    return statistics.median(gradients[:fifth]) / max(statistics.median(gradients[-fifth:]), 1e-12)


def times(ratio: float) -> str:
    """A ratio as it is read, or by its power of ten where it has more zeros than anyone counts."""
    if ratio >= LEAST_WRITTEN:
        return f"{rounded(ratio, 2)} times"
    return f"10{str(round(log10(max(ratio, 1e-300)))).translate(SUPERSCRIPT)} times"


def added(result: Row) -> str:
    """When and on what nets were measured that joined the result later."""
    later: dict[tuple[str, str], list[str]] = {}
    for row in result["rows"]:
        if "created" in row or "hardware" in row:
            made = (row.get("created", result["created"]), row.get("hardware", result["hardware"]))
            later.setdefault(made, []).append(f"{row['form']} {row['depth']}")
    return "".join(f" Added {when}, on {hardware}: {', '.join(nets)}." for (when, hardware), nets in later.items())


def latency() -> Iterator[Table]:
    result = experiment("latency")
    if result is None:
        return
    rows = [[row["name"], *(rounded(row[key]) for key in ("onnxruntime_ms", "torch_ms"))] for row in result["rows"]]
    note = f"Random weights, float32, medians of {result['rounds']} rounds."
    header = ("network", "onnxruntime, ms", "torch eager, ms")
    yield Table("One image, by network", header, rows, **provenance(result), note=note)
    files = [
        [f"`{row['file']}`", f"`{row['revision'][:16]}`", rounded(row["onnxruntime_ms"])] for row in result["shipped"]
    ]
    yield Table("One image, by shipped file", ("file", "revision", "onnxruntime, ms"), files, **provenance(result))


def _accuracy(row: Row | None) -> str:
    return NONE if row is None else share(row["accuracy"], row["interval"], 1)
