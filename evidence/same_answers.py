"""Whether an answer depends on how it is computed: `python -m evidence.same_answers --data-dir DATA`.

The test images are answered twice by each classifier that may be int8: with onnxruntime's optimizations, as serving
does, and without. The optimized way takes the processor's own instructions for int8, and the plain one computes in
float32. Writes OUT, which docs/RESULTS.md shows.
"""

import dataclasses
import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import tyro

from evidence.outputs import pixels_of, run
from export.task import classifier_export
from fovea import load
from training.data.spread import spread
from training.experiments.result import write_result
from training.metrics import share_right
from training.tasks import FOLDER, TASKS, file_name


@dataclass(frozen=True)
class Options:
    """What to run."""

    images: int = 10_000
    """at most so many test images of each file, evenly spread"""
    only: tuple[str, ...] = ()
    """files by name, for a quick try (default: all)"""
    models_dir: Path = Path("models")
    data_dir: Path = Path("data")
    out: Path = Path("docs/same_answers.json")


def main(options: Options) -> dict[str, Any]:
    """Answer every image both ways, write the JSON; its content."""
    rows = []
    for task, network in classifiers():
        name = file_name(task, network)
        if not options.only or name in options.only:
            rows.append(row_of(name, task, network, options))
            print(json.dumps(rows[-1]), flush=True)
    command = f"python -m evidence.same_answers --images {options.images}"
    return write_result(options.out, "same_answers", {"command": command, "rows": rows})


def classifiers() -> Iterator[tuple[str, str]]:
    """Task and network of each file that ships and may be int8."""
    for task, networks in TASKS.items():
        if task != FOLDER and classifier_export(task) is not None:
            yield from ((task, network) for network in networks)


def row_of(name: str, task: str, network: str, options: Options) -> dict[str, Any]:
    path = options.models_dir / f"{name}.onnx"
    module = classifier_export(task)
    assert module is not None  # as `classifiers` chose
    settings = dataclasses.asdict(import_module(TASKS[task][network]).DEFAULT)
    test = spread(module.splits(settings, options.data_dir).test, options.images)
    model = load(path)
    pixels = pixels_of(model, (test.photo(index) for index in range(len(test))))
    on, off = run(model, pixels), run(load(path, optimize=False), pixels)
    classes = [one.probabilities.argmax(1) for one in (on, off)]
    is_kept = [one.is_answered(model.spec) for one in (on, off)]
    is_other, labels = classes[0] != classes[1], test.labels.numpy()
    return {
        "file": name,
        "revision": model.revision,
        "precision": model.spec.precision,
        "n": len(test),
        "on": share_right(int((classes[0] == labels).sum()), len(test)),
        "off": share_right(int((classes[1] == labels).sum()), len(test)),
        "other class": int(is_other.sum()),
        "other decision": int(((is_kept[0] != is_kept[1]) | (is_kept[0] & is_other)).sum()),
        "largest change": float(np.abs(on.probabilities - off.probabilities).max()),
    }


if __name__ == "__main__":
    main(tyro.cli(Options, description=__doc__))
