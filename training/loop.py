"""The training loop: one device or several, interruptible at every step, resumable to the same weights.

Every random draw of a step comes from (seed, step) alone, so a run that was stopped and resumed draws what the
uninterrupted run would have drawn.
"""

import json
import math
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from tqdm import tqdm

from fovea import FoveaError
from training.averaging import WeightAverage
from training.checkpoint import write_whole
from training.data import Examples
from training.objective import classes_of
from training.run_record import STATE, RunRecord, StateError, is_begun, read_state, record_of
from training.whole_file import write_text

SEEDS = 2**63  # torch takes no larger ones


class Interrupted(Exception):  # noqa: N818 - a request of the user, not an error
    """Training was asked to stop; the state is saved and `--resume` goes on from it."""


class NonFiniteLossError(FoveaError):
    """The loss left the numbers; what was saved before stays as it is."""


@dataclass
class Progress:
    """Where a run stands: `step` counts within the epoch, `history` has one row per finished epoch."""

    epoch: int = 0
    step: int = 0
    seconds: float = 0.0
    loss_sum: float = 0.0
    correct: int = 0
    seen: int = 0
    history: list[dict[str, float]] = field(default_factory=list)


@dataclass
class Trainer:
    """One model, its optimiser and schedule (stepped per batch), and the folder that its state is kept in."""

    model: nn.Module
    optimizer: Optimizer
    schedule: LRScheduler
    loss: Callable[[Any, Tensor], Tensor]
    """of labels, and of what the model gives in its mode: logits, or in training a tuple whose first are the logits"""
    augment: Callable[[Tensor], Tensor] | None
    folder: Path
    seed: int
    batch_size: int
    epochs: int
    accelerator: Accelerator = field(default_factory=Accelerator)
    averaging: float = 0.0
    """decay, per step, of the average of the weights that is judged and kept (0: the last weights are)"""
    show_progress: bool = True
    title: str = "train"
    _record: RunRecord = field(default_factory=RunRecord, init=False)
    _images: list[str] = field(default_factory=list, init=False)

    def fit(self, train: Examples, val: Examples, *, resume: bool = False) -> Progress:
        """Train to the last epoch.

        Raises:
            Interrupted: after Ctrl-C or SIGTERM, with the state saved.
            NonFiniteLossError: the loss is NaN or infinite.
            StateError: the state to resume is damaged, or was trained on other images.
            FileNotFoundError: there is no state to resume.
        """
        self._record = record_of(self.folder)
        self._images = [part.digest.hex() for part in (train, val)]
        self.model, self.optimizer = self.accelerator.prepare(self.model, self.optimizer)
        self._average = WeightAverage(self._network, self.averaging) if self.averaging else None
        progress = self._restore() if resume else Progress()
        train, val = train.to(self.accelerator.device), val.to(self.accelerator.device)
        with _stop_requested() as is_stopping:
            while progress.epoch < self.epochs:
                self._train_epoch(train, progress, is_stopping)
                self._close_epoch(val, progress)
        if self._average is not None:
            self._network.load_state_dict(self._average.model.state_dict())
        return progress

    @property
    def is_begun(self) -> bool:
        """Whether the folder holds a state of the last run that saved anything."""
        return is_begun(self.folder)

    @property
    def _network(self) -> nn.Module:
        network: nn.Module = self.accelerator.unwrap_model(self.model)
        return network

    def _train_epoch(self, train: Examples, progress: Progress, is_stopping: Callable[[], bool]) -> None:
        self.model.train()
        order = torch.randperm(len(train), generator=_generator(self.seed, progress.epoch))
        batches = torch.split(order, self.batch_size)
        world, rank = self.accelerator.num_processes, self.accelerator.process_index
        started = time.monotonic() - progress.seconds
        with tqdm(
            total=len(train),
            initial=progress.seen * world,
            desc=f"{self.title}, epoch {progress.epoch + 1}/{self.epochs}",
            unit=" images",
            mininterval=0.1 if sys.stderr.isatty() else 10,  # a log file wants a line now and then
            disable=not (self.show_progress and self.accelerator.is_main_process),
        ) as bar:
            for step in range(progress.step, len(batches)):
                torch.manual_seed(_step_seed(self.seed, progress.epoch, step, rank))
                indices = share_of(batches[step], rank, world)
                self._step(train.inputs(indices, progress.epoch), train.labels[indices], progress)
                progress.step = step + 1
                progress.seconds = time.monotonic() - started
                bar.update(len(batches[step]))
                if step % 20 == 0 or progress.step == len(batches):
                    loss, accuracy = progress.loss_sum / progress.seen, progress.correct / progress.seen
                    left = (self.epochs - progress.epoch) * len(batches) - progress.step
                    minutes = left * progress.seconds / progress.step / 60
                    bar.set_postfix_str(f"loss {loss:.4f}, accuracy {accuracy:.4f}, run ends in {minutes:.1f} min")
                if self._agree_to_stop(is_stopping()):
                    self._save(progress)
                    raise Interrupted(f"Stopped in epoch {progress.epoch + 1} after step {progress.step}.")

    def _agree_to_stop(self, is_asked: bool) -> bool:
        """Whether any process was asked: signals arrive at different steps, and a lone stop would hang the rest."""
        if self.accelerator.num_processes == 1:
            return is_asked
        asked = torch.tensor(int(is_asked), device=self.accelerator.device)
        return bool(self.accelerator.reduce(asked, reduction="sum").item())

    def _step(self, inputs: Tensor, labels: Tensor, progress: Progress) -> None:
        with self.accelerator.autocast():
            logits = self.model(self.augment(inputs) if self.augment else inputs)
            loss = self.loss(logits, labels)
        value = self._finite(float(loss.detach()), progress)
        self.optimizer.zero_grad(set_to_none=True)
        self.accelerator.backward(loss)
        self.optimizer.step()
        self.schedule.step()
        if self._average is not None:
            self._average.update(self._network)
        progress.loss_sum += value * len(labels)
        main = logits[0] if isinstance(logits, tuple) else logits
        progress.correct += int((main.detach().argmax(1) == classes_of(labels)).sum())
        progress.seen += len(labels)

    def _finite(self, loss: float, progress: Progress) -> float:
        if not math.isfinite(loss):
            rate = self.optimizer.param_groups[0]["lr"]
            raise NonFiniteLossError(
                f"The loss is {loss} in epoch {progress.epoch + 1}, step {progress.step + 1} ({self.title}). Choose a "
                f"lower learning rate: it was {rate:.2g} there."
            )
        return loss

    def _close_epoch(self, val: Examples, progress: Progress) -> None:
        logits = predict_logits(self.model if self._average is None else self._average.model, val)
        row: dict[str, float] = {
            "epoch": progress.epoch + 1,
            "train_loss": progress.loss_sum / progress.seen,
            "train_accuracy": progress.correct / progress.seen,
            "val_loss": self._finite(float(self.loss(logits, val.labels)), progress),
            "val_accuracy": float((logits.argmax(1) == val.labels).float().mean()),
            "learning_rate": self.optimizer.param_groups[0]["lr"],
            "seconds": progress.seconds,
            "images_per_second": progress.seen * self.accelerator.num_processes / progress.seconds,
        }
        progress.history.append(row)
        progress.step, progress.seconds, progress.loss_sum, progress.correct, progress.seen = 0, 0.0, 0.0, 0, 0
        progress.epoch += 1
        self._save(progress)
        if self.accelerator.is_main_process:
            lines = [json.dumps(entry) for entry in progress.history]
            write_text(self.folder / "metrics.jsonl", "\n".join(lines) + "\n")

    def _save(self, progress: Progress) -> None:
        if not self.accelerator.is_main_process:
            return
        state: dict[str, Any] = {
            "model": self._network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
            "progress": vars(progress),
            "run": self._record.number,
            "settings": self._record.settings,
            "images": self._images,
        }
        if self._average is not None:
            state["average"] = self._average.state_dict()
        write_whole(state, self.folder / STATE)

    def _restore(self) -> Progress:
        path = self.folder / STATE
        if not path.is_file():
            raise FileNotFoundError(f"There is nothing to resume: {path} does not exist. Run without --resume.")
        state = read_state(path, self.accelerator.device)
        if state.get("images") != self._images:
            raise StateError(
                f"{path} was trained on other images than those that are here now. Put its images back, or start a new "
                "run without --resume."
            )
        self._network.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.schedule.load_state_dict(state["schedule"])
        if self._average is not None:
            self._average.load_state_dict(state["average"])
        return Progress(**state["progress"])


@torch.no_grad()
def predict_logits(model: nn.Module, data: Examples, batch_size: int = 250) -> Tensor:
    """Logits (N, K) in evaluation mode, in the order of `data`."""
    model.eval()
    batches = torch.split(torch.arange(len(data)), batch_size)
    return torch.cat([model(data.inputs(indices, epoch=0)).float() for indices in batches])


def share_of(batch: Tensor, rank: int, world: int) -> Tensor:
    """The part of a batch that one of `world` processes takes; its first image where it would have none."""
    own = batch[rank::world]
    return own if len(own) else batch[:1]


def _generator(seed: int, epoch: int) -> torch.Generator:
    return torch.Generator().manual_seed((seed * 1_000_003 + epoch) % SEEDS)


def _step_seed(seed: int, epoch: int, step: int, rank: int) -> int:
    return (((seed * 1_009 + epoch) * 1_000_003 + step) * 1_024 + rank) % SEEDS


@contextmanager
def _stop_requested() -> Iterator[Callable[[], bool]]:
    """Turn the first Ctrl-C or SIGTERM into a flag that the loop reads between steps; the second one kills."""
    asked: list[int] = []

    def note(signum: int, _frame: object) -> None:
        asked.append(signum)
        signal.signal(signum, previous[signum])

    previous: dict[int, Any] = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
