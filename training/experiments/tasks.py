"""What the trained networks reach, task by task: the figures of every run that is in the runs folder.

A run whose folder is gone keeps its row until a run of its name is there again.
"""

import json
import sys
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

from training.checkpoint import Checkpoint, load_checkpoint
from training.experiments.result import write_result
from training.models.costs import layer_costs
from training.tasks import FOLDER, TASKS, default_network


@dataclass(frozen=True)
class Options:
    """Where to look and where to write."""

    runs_dir: Path = Path("runs")
    json: Path = Path("space/results/tasks.json")


def main(options: Options) -> dict[str, Any]:
    """Gather, then write the JSON; its content. Raises FileNotFoundError where no run has ended."""
    rows = {(row["task"], row["run"]): row for row in kept(options.json)}
    # what photos of one's own gave is nobody else's figure
    paths = sorted(path for path in options.runs_dir.glob("*/*/checkpoint.pt") if path.parts[-3] != FOLDER)
    if not paths and not rows:
        raise FileNotFoundError(
            f"There is no {options.runs_dir}/TASK/NAME/checkpoint.pt. Run `python -m training TASK`."
        )
    for path in paths:
        checkpoint = load_checkpoint(path)
        accuracy = checkpoint.spec.metric("accuracy")
        if accuracy is None:
            print(f"{path} is left out: it has no accuracy on test images.", file=sys.stderr)
            continue
        row = row_of(path.parent.name, checkpoint)
        rows[row["task"], row["run"]] = row
    return write_result(options.json, "tasks", {"rows": [rows[key] for key in sorted(rows)]})


def kept(path: Path) -> list[dict[str, Any]]:
    """The rows that an earlier call wrote."""
    return list(json.loads(path.read_text())["rows"]) if path.is_file() else []


def row_of(run: str, checkpoint: Checkpoint) -> dict[str, Any]:
    """One run's figures; `train_seconds` is None where the run did not take its time."""
    spec, accuracy = checkpoint.spec, checkpoint.spec.metric("accuracy")
    assert accuracy is not None  # `main` leaves such runs out
    return {
        "task": spec.task,
        "run": run,
        "title": spec.title,
        "architecture": spec.architecture,
        "parameters": spec.parameters,
        "multiply_adds": sum(
            cost.multiply_adds for cost in layer_costs(checkpoint.model(), (spec.height, spec.width, spec.channels))
        ),
        "accuracy": round(accuracy.value, 6),
        "interval": accuracy.interval and [round(bound, 6) for bound in accuracy.interval],
        "n_test": accuracy.n,
        "train_seconds": checkpoint.metrics.get("train_seconds"),
        "epochs": checkpoint.config.get("epochs"),
        "seed": checkpoint.seed,
        "data": spec.training_data,
        "command": command(spec.task, spec.architecture, run),
        "created": spec.created or date.today().isoformat(),
    }


def command(task: str, architecture: str, run: str) -> str:
    """What trains the network again; options that were changed by hand stand in the run's config.json."""
    recipes, default = TASKS[task], default_network(task)
    model = architecture.rpartition("/")[2] if architecture.rpartition("/")[2] in recipes else default
    recipe = import_module(recipes[model])
    words = ["python -m training", task]
    if model != default:
        words += ["--model", model]
    if run in recipe.PRESETS:
        words += ["--recipe", run]
    elif run != recipe.DEFAULT.name:
        words += ["--name", run]
    return " ".join(words)
