"""How each training went, epoch by epoch: curves, verdict and what its phases gave, for the Compare tab.

Of every run that `tasks` lists and whose epochs are in its folder: RUNS_DIR/TASK/NAME, or DOCS_DIR/TASK/NAME where they
were kept. A run whose folder is gone keeps its row until a run of its name is there again. So do the rows of `fitting`.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.experiments.result import write_result
from training.experiments.tasks import kept
from training.phases import discussion
from training.report import History, verdict

EXPERIMENT = "curves"
PHASES = ("head", "tune")  # folders in a transfer run
SHIPPED_FOLD = "fold-0"  # of a run that trained one network a fold
QUANTITIES = ("train_accuracy", "val_accuracy", "train_loss", "val_loss")
DIGITS = 4


@dataclass(frozen=True)
class Options:
    """Where to look and where to write."""

    runs_dir: Path = Path("runs")
    docs_dir: Path = Path("docs")
    tasks: Path = Path("space/results/tasks.json")
    """the runs, by `python -m training.experiments tasks`"""
    json: Path = Path("space/results/curves.json")


def main(options: Options) -> dict[str, Any]:
    """Gather, then write the JSON; its content. Raises FileNotFoundError where there is nothing to gather."""
    if not options.tasks.is_file():
        raise FileNotFoundError(f"There is no {options.tasks}. Run `python -m training.experiments tasks`.")
    rows = {(row["task"], row["run"]): discussed(row) for row in kept(options.json)}
    for run in json.loads(options.tasks.read_text())["rows"]:
        for root in (options.runs_dir, options.docs_dir):
            folder = root / run["task"] / run["run"]
            if history := history_of(folder):
                rows[run["task"], run["run"]] = row_of(run, folder, history)
                break
    if not rows:
        raise FileNotFoundError(f"No run of {options.tasks} has its metrics.jsonl in {options.runs_dir}.")
    return write_result(options.json, EXPERIMENT, {"rows": [rows[key] for key in sorted(rows)]})


def history_of(folder: Path) -> History:
    """Every epoch of a run, counted through its phases, with the number of its phase; empty where none is stored."""
    if (folder / SHIPPED_FOLD).is_dir():
        folder /= SHIPPED_FOLD
    parts = [folder / phase for phase in PHASES if (folder / phase / "metrics.jsonl").is_file()] or [folder]
    history: History = []
    for number, part in enumerate(parts):
        path = part / "metrics.jsonl"
        rows = [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []
        history += [row | {"epoch": row["epoch"] + len(history), "phase": number} for row in rows]
    return history


def row_of(run: dict[str, Any], folder: Path, history: History) -> dict[str, Any]:
    """One training; `phases` says for each what trained, in words, and `seconds` is the time of all epochs."""
    settings = json.loads((folder / "config.json").read_text()) if (folder / "config.json").is_file() else {}
    has_phases = len({row["phase"] for row in history}) > 1
    return {
        **{key: run[key] for key in ("task", "run", "title", "architecture", "command", "created", "seed")},
        **{key: run[key] for key in ("accuracy", "interval", "n_test")},
        "phases": phases(settings) if has_phases else [],
        "verdict": verdict(history),
        "discussion": discussion(history, has_head=True, tune_from=settings.get("tune_from")) if has_phases else [],
        "seconds": round(sum(row["seconds"] for row in history), 1),
        "epochs": [
            {"epoch": int(row["epoch"]), "phase": row["phase"]} | {key: round(row[key], DIGITS) for key in QUANTITIES}
            for row in history
        ],
    }


def discussed(row: dict[str, Any]) -> dict[str, Any]:
    """A row that an earlier call wrote, with what is said of its phases today."""
    if not row["phases"]:
        return row
    _, stage = row["phases"][-1].rsplit(" ", maxsplit=1)
    tune_from = None if stage == "stages" else stage
    return row | {"discussion": discussion(row["epochs"], has_head=True, tune_from=tune_from)}


def phases(settings: dict[str, Any]) -> list[str]:
    """What trains in the two phases of transfer learning."""
    stage = settings.get("tune_from")
    return ["head on frozen features", f"fine-tuning from {stage}" if stage else "fine-tuning the last stages"]
