"""How underfitting and overfitting look: LeNet-5 learns MNIST three times, and once it goes well.

The rows join those of `curves`, so the Compare tab shows them beside the other trainings.
"""

import dataclasses
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.checkpoint import load_checkpoint
from training.data import LabelledPixels, Splits, first
from training.experiments import curves, tasks
from training.experiments.result import write_result
from training.recipes.digits import DEFAULT, Config, load, make_spec, train
from training.run import run

COMMAND = "python -m training.experiments fitting"
PLAIN = dataclasses.replace(DEFAULT, augment=False, epochs=6, drawing_epochs=0, detector_epochs=0)
SLOW = 1e-5  # learning rate
FEW = 300  # training digits


@dataclass(frozen=True)
class Case:
    """One training; `words` say what is done on purpose. `n_train` None takes every training digit."""

    name: str
    config: Config
    words: str
    n_train: int | None = None


CASES = (
    Case(
        "underfits",
        dataclasses.replace(PLAIN, learning_rate=SLOW, schedule="constant"),
        f"On purpose the learning rate is {PLAIN.learning_rate / SLOW:.0f} times too low.",
    ),
    Case("fits", PLAIN, "It has every training digit, and a learning rate that suits it."),
    Case(
        "overfits",
        dataclasses.replace(PLAIN, epochs=30, batch_size=32, dropout=0.0, weight_decay=0.0),
        f"On purpose it learns from {FEW} digits alone, without dropout.",
        FEW,
    ),
)


@dataclass(frozen=True)
class Options:
    """What to run."""

    epochs: int | None = None
    """epochs of each training (default: its own)"""
    limit: int | None = None
    """use only the first N images of each split (for a quick try)"""
    data_dir: Path = Path("data")
    json: Path = Path("space/results/curves.json")


def main(options: Options) -> dict[str, Any]:
    """Train all three, then write the JSON; its content."""
    rows = {(row["task"], row["run"]): row for row in tasks.kept(options.json)}
    for case in CASES:
        with tempfile.TemporaryDirectory() as folder:
            row = trained(case, options, Path(folder))
        rows[row["task"], row["run"]] = row
    return write_result(options.json, curves.EXPERIMENT, {"rows": [rows[key] for key in sorted(rows)]})


def trained(case: Case, options: Options, runs_dir: Path) -> dict[str, Any]:
    """The row of one training, whose run goes into `runs_dir`."""
    config = dataclasses.replace(
        case.config,
        name=case.name,
        epochs=options.epochs or case.config.epochs,
        limit=options.limit,
        data_dir=options.data_dir,
        runs_dir=runs_dir,
    )

    def some(config: Config) -> Splits[LabelledPixels]:
        splits = load(config)
        return dataclasses.replace(splits, train=first(splits, case.n_train).train)

    run(config, some, train, make_spec)
    task = tasks.row_of(case.name, load_checkpoint(config.folder / "checkpoint.pt")) | {"command": COMMAND}
    row = curves.row_of(task, config.folder, curves.history_of(config.folder))
    return row | {"discussion": [case.words]}
