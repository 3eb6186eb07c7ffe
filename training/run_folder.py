"""The end of a run, whatever the task: its checkpoint and report, and the accuracy that was asked for."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from torch import Tensor, nn

from fovea import ModelSpec
from training.checkpoint import Checkpoint, git_revision, save_checkpoint
from training.report import History, write_report


class RunConfig(Protocol):
    """What every recipe's Config has."""

    @property
    def folder(self) -> Path: ...

    @property
    def seed(self) -> int: ...

    @property
    def min_accuracy(self) -> float: ...


def write_run(
    config: RunConfig,
    model: nn.Module,
    spec: ModelSpec,
    options: dict[str, Any],
    settings: dict[str, Any],
    metrics: dict[str, float],
    history: History,
    confusion: Tensor,
    seconds: float,
    notes: Sequence[str] = (),
) -> None:
    """Write the checkpoint and the report; `options` rebuild the network, `seconds` is what the command took.

    `notes` are sentences on the data.
    """
    weights = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    checkpoint = Checkpoint(spec, options, weights, settings, metrics, config.seed, git_revision())
    save_checkpoint(config.folder / "checkpoint.pt", checkpoint)
    write_report(config.folder, spec, settings, history, confusion, seconds, notes)


def require_accuracy(config: RunConfig, metrics: dict[str, float]) -> None:
    """Raises SystemExit where the test accuracy is under the one asked for."""
    if metrics["test_accuracy"] < config.min_accuracy:
        raise SystemExit(f"Test accuracy is {metrics['test_accuracy']:.4f}, under {config.min_accuracy} asked for.")
