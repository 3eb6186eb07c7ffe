"""A run of a recipe, whatever the task: load, train, calibrate, look once at the test split, write the folder."""

import dataclasses
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import torch
from accelerate import Accelerator
from torch import nn

from fovea import ModelSpec
from training.data import Examples, LabelledPixels, Splits
from training.data.classes import Labelled, require_images
from training.final_figures import FinalFigures, final_figures
from training.loop import Trainer
from training.report import History
from training.run_folder import FinishedRun, RunConfig, begin_run, require_accuracy, write_run

Settings = TypeVar("Settings", bound=RunConfig)
Data = TypeVar("Data", bound=Labelled)
Network = TypeVar("Network", bound=nn.Module)


@dataclass(frozen=True)
class Trained(Generic[Network]):
    """A network after its training, on the CPU; `options` rebuild it.

    `val` and `test` are what it is judged on, as inputs of the whole network. `train_seconds` are those of the epochs;
    None is the time of the whole command until then.
    """

    model: Network
    options: dict[str, Any]
    history: History
    val: Examples
    test: Examples
    accelerator: Accelerator
    train_seconds: float | None = None


def run(
    config: Settings,
    load: Callable[[Settings], Splits[Data]],
    train: Callable[[Settings, Splits[Data]], Trained[Network]],
    make_spec: Callable[[Settings, Network, Splits[Data]], ModelSpec],
    notes: Callable[[Splits[Data], History], Sequence[str]] = lambda _splits, _history: (),
    started: float | None = None,
) -> dict[str, float]:
    """The metrics. `make_spec` leaves out what is measured; `notes` are sentences for the report.

    `started` is when the command began, by time.monotonic (default: now).
    """
    started = time.monotonic() if started is None else started
    torch.manual_seed(config.seed)
    splits = load(config)
    require_images(splits)
    begin_run(config)
    trained = train(config, splits)

    def spec(_: FinalFigures) -> ModelSpec:
        return make_spec(config, trained.model, splits)

    return finish(config, trained, len(splits.classes), spec, started, lambda: notes(splits, trained.history))


def finish(
    config: RunConfig,
    trained: Trained[Network],
    num_classes: int,
    make_spec: Callable[[FinalFigures], ModelSpec],
    started: float,
    notes: Callable[[], Sequence[str]] = tuple,
) -> dict[str, float]:
    """Judge the network and write the folder; the metrics. Raises SystemExit under the accuracy asked for.

    `started` is when the command began, by time.monotonic.
    """
    final = final_figures(trained.model, trained.val, trained.test, num_classes)
    seconds = time.monotonic() - started
    metrics = final.figures()
    metrics["train_seconds"] = seconds if trained.train_seconds is None else trained.train_seconds
    if trained.accelerator.is_main_process:
        spec = dataclasses.replace(make_spec(final), metrics=final.metrics, temperature=final.temperature)
        model, options, history = trained.model, trained.options, trained.history
        write_run(FinishedRun(config, model, options, spec, history, metrics, final.confusion, seconds, notes()))
    require_accuracy(config, metrics)
    return metrics


def fit(
    trainer: Trainer, splits: Splits[LabelledPixels], options: dict[str, Any], *, resume: bool
) -> Trained[nn.Module]:
    """Train a network from scratch; `options` rebuild it."""
    history = trainer.fit(splits.train, splits.val, resume=resume).history
    model: nn.Module = trainer.accelerator.unwrap_model(trainer.model).cpu()
    seconds = sum(row["seconds"] for row in history)
    return Trained(model, options, history, splits.val, splits.test, trainer.accelerator, seconds)
