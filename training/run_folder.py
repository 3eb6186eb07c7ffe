"""The folder of a run, whatever the task: its settings at the start, its checkpoint and report at the end."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from torch import Tensor, nn

from fovea import ModelSpec
from training.checkpoint import Checkpoint, git_revision, save_checkpoint
from training.report import History, plain, write_config, write_report


class RunConfig(Protocol):
    """What every recipe's Config has."""

    @property
    def folder(self) -> Path: ...

    @property
    def seed(self) -> int: ...

    @property
    def min_accuracy(self) -> float: ...


@dataclass(frozen=True)
class FinishedRun:
    """All that checkpoint and report are made from.

    `options` rebuild the network, `confusion` (K, K) is the test split's, `seconds` is what the command took, and
    `notes` are sentences on the data.
    """

    config: RunConfig
    model: nn.Module
    options: dict[str, Any]
    spec: ModelSpec
    history: History
    metrics: dict[str, float]
    confusion: Tensor
    seconds: float
    notes: Sequence[str] = ()


def begin_run(config: RunConfig) -> None:
    """Make the folder, with the settings in it."""
    config.folder.mkdir(parents=True, exist_ok=True)
    write_config(config.folder, plain(config))


def write_run(run: FinishedRun) -> None:
    """Write the checkpoint and the report."""
    folder, settings = run.config.folder, plain(run.config)
    weights = {name: tensor.contiguous() for name, tensor in run.model.state_dict().items()}
    checkpoint = Checkpoint(run.spec, run.options, weights, settings, run.metrics, run.config.seed, git_revision())
    save_checkpoint(folder / "checkpoint.pt", checkpoint)
    write_report(folder, run.spec, settings, run.history, run.confusion, run.seconds, run.notes)


def require_accuracy(config: RunConfig, metrics: dict[str, float]) -> None:
    """Raises SystemExit where the test accuracy is under the one asked for."""
    if metrics["test_accuracy"] < config.min_accuracy:
        raise SystemExit(
            f"Test accuracy is {metrics['test_accuracy']:.4f}, under the minimum of {config.min_accuracy}."
        )
