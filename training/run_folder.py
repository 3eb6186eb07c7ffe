"""The folder of a run, whatever the task: its settings at the start, its checkpoint and report at the end."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from torch import Tensor, nn

from fovea import ModelSpec
from training.checkpoint import Checkpoint, git_revision, save_checkpoint
from training.loop import Interrupted
from training.report import History, plain, write_config, write_report
from training.resuming import resumed_run
from training.run_lock import alone_in, is_first_process
from training.run_record import RECORD, RunRecord, newest, record_of, states, write_record

CHECKPOINT = "checkpoint.pt"


class RunConfig(Protocol):
    """What every recipe's Config has."""

    @property
    def folder(self) -> Path: ...

    @property
    def seed(self) -> int: ...

    @property
    def min_accuracy(self) -> float: ...

    @property
    def resume(self) -> bool: ...


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
    """Make the folder, or find the run to resume there; `training.resuming` says what is raised.

    config.json says how the checkpoint beside it was made, so it is written here only where there is none yet.
    """
    folder, settings = config.folder, plain(config)
    folder.mkdir(parents=True, exist_ok=True)
    if config.resume:
        number, changes = resumed_run(config)
    else:
        earlier = max(newest(states(folder, skip_damaged=True)), record_of(folder).number)
        number, changes = earlier + 1, []
    if not is_first_process():
        return
    for sentence in changes:
        print(sentence, file=sys.stderr)
    write_record(folder, RunRecord(number, settings))
    if not (folder / CHECKPOINT).is_file():
        write_config(folder, settings)


@contextmanager
def opened(folder: Path) -> Iterator[None]:
    """Hold the folder for one command. A run that fails before it saved anything leaves the one before resumable.

    Raises FolderInUseError where another process trains there, Interrupted after Ctrl-C between phases of a new run.
    """
    with alone_in(folder):
        before = record_of(folder).number
        try:
            yield
        except KeyboardInterrupt as stop:
            number = record_of(folder).number
            if number > before and number == newest(states(folder, skip_damaged=True)):
                raise Interrupted("Stopped.") from stop
            raise
        except Exception:
            with suppress(OSError):  # a full disk has its own sentence already
                _forget_unsaved(folder)
            raise


def _forget_unsaved(folder: Path) -> None:
    """Make the last run that saved a state the last run again."""
    saved = states(folder, skip_damaged=True)
    number = newest(saved)
    if not is_first_process() or record_of(folder).number <= number:
        return
    if number == 0:
        (folder / RECORD).unlink()
        return
    before = next(record for record in saved.values() if record.number == number)
    write_record(folder, before)
    if not (folder / CHECKPOINT).is_file():
        write_config(folder, before.settings)


def write_run(run: FinishedRun) -> None:
    """Write the checkpoint, the settings and the report, and drop what earlier runs left in phases without a place."""
    folder, settings = run.config.folder, plain(run.config)
    weights = {name: tensor.contiguous() for name, tensor in run.model.state_dict().items()}
    checkpoint = Checkpoint(run.spec, run.options, weights, settings, run.metrics, run.config.seed, git_revision())
    save_checkpoint(folder / CHECKPOINT, checkpoint)
    write_config(folder, settings)
    write_report(folder, run.spec, settings, run.history, run.confusion, run.seconds, run.notes)
    _drop_earlier(folder)


def _drop_earlier(folder: Path) -> None:
    """States and metrics of earlier runs: curves would show their phases as this run's."""
    own = record_of(folder).number
    for path, record in states(folder, skip_damaged=True).items():
        if record.number < own:
            path.unlink()
            path.with_name("metrics.jsonl").unlink(missing_ok=True)


def require_accuracy(config: RunConfig, metrics: dict[str, float]) -> None:
    """Raises SystemExit where the test accuracy is under the one asked for."""
    if metrics["test_accuracy"] < config.min_accuracy:
        raise SystemExit(
            f"Test accuracy is {metrics['test_accuracy']:.4f}, under the minimum of {config.min_accuracy}."
        )
