"""The run folder's pictures and report: curves, confusion matrix, and a verdict computed from the curves."""

import dataclasses
import io
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import torch
from matplotlib.figure import Figure
from torch import Tensor

from fovea import ModelSpec
from training.hardware import hardware
from training.whole_file import write_bytes, write_text

GAP_OVERFIT = 0.01  # training above validation accuracy at the end
LOSS_RISE = 1.1  # final over lowest validation loss
LATE_GAIN = 0.002  # validation accuracy won in the last quarter of the run
SPENT = 0.01  # of its highest value: a learning rate that has fallen below this teaches next to nothing

History = list[dict[str, float]]


def verdict(history: History) -> str:
    """A few sentences on over- and underfitting: the verdict, then the numbers that it rests on.

    A gap is training accuracy more than one point above validation accuracy at the end; validation still gains where
    the last quarter of the epochs won more than 0.2 points of its accuracy. Overfitting is a validation loss that has
    risen by more than 10 % above its lowest value, or a gap without that gain. A gap with it is not overfitting yet,
    for what is learnt still helps on new images; the gain without a gap is underfitting.
    """
    best = max(history, key=lambda row: row["val_accuracy"])
    last = history[-1]
    gap = last["train_accuracy"] - last["val_accuracy"]
    rise = last["val_loss"] / min(row["val_loss"] for row in history)
    quarter = history[-max(2, len(history) // 4) :]
    gain = quarter[-1]["val_accuracy"] - quarter[0]["val_accuracy"]
    numbers = (
        f"Training accuracy ends {abs(gap) * 100:.2f} points {'below' if gap < 0 else 'above'} validation accuracy, "
        f"and validation loss at {rise:.2f} times its lowest. The last quarter gained {gain * 100:+.2f} points. The "
        f"best epoch is {best['epoch']:.0f} of {len(history)}."
    )
    is_gaining = gain > LATE_GAIN
    if rise > LOSS_RISE or (gap > GAP_OVERFIT and not is_gaining):
        return f"Overfitting. {numbers}"
    if gap > GAP_OVERFIT:
        return f"A gap, but validation still gains. This is not overfitting yet{_outlook(history)} {numbers}"
    if is_gaining:
        return f"Underfitting. More epochs would help. {numbers}"
    return f"A good fit. {numbers}"


def _outlook(history: History) -> str:
    """The end of a sentence, on what more epochs would do: a learning rate that falls raises accuracy by itself."""
    rates = [row["learning_rate"] for row in history if "learning_rate" in row]
    if rates and rates[-1] < SPENT * max(rates):
        return (
            ". Meanwhile the learning rate fell to nearly nothing, which brings a gain of its own. Only a new run can "
            "tell whether more epochs help."
        )
    return ", and longer training may help."


def plain(config: Any) -> dict[str, Any]:
    """The settings of a recipe's Config as JSON can hold them."""
    values = dataclasses.asdict(config)
    return {key: str(value) if isinstance(value, Path) else value for key, value in values.items()}


def write_config(folder: Path, config: dict[str, Any]) -> None:
    write_text(folder / "config.json", json.dumps(config, indent=2) + "\n")


def write_report(
    folder: Path,
    spec: ModelSpec,
    config: dict[str, Any],
    history: History,
    confusion: Tensor,
    seconds: float,
    notes: Sequence[str] = (),
) -> None:
    """curves.png, confusion_matrix.png and report.md.

    `seconds` is the wall time of this call of the command; `notes` are sentences on the data.
    """
    draw_curves(folder / "curves.png", history)
    draw_confusion(folder / "confusion_matrix.png", confusion, spec.classes)
    write_text(folder / "report.md", markdown(spec, config, history, confusion, seconds, notes))


def markdown(
    spec: ModelSpec,
    config: dict[str, Any],
    history: History,
    confusion: Tensor,
    seconds: float,
    notes: Sequence[str] = (),
) -> str:
    rows = [f"| {m.name} | {m.split} | {m.value:.4f} | {_interval(m.interval)} | {m.n:,} |" for m in spec.metrics]
    images = confusion.sum(1)
    recall = torch.where(images > 0, confusion.diag() / images.clamp(min=1), torch.inf)  # none to recall, none missed
    weakest = int(recall.argmin())
    trained = sum(row["seconds"] for row in history)
    return "\n".join(
        [
            f"# {spec.title} on {spec.task}",
            "",
            verdict(history),
            "",
            "| metric | split | value | 95 % interval | n |",
            "| --- | --- | --- | --- | --- |",
            *rows,
            "",
            f"Weakest class: {spec.classes[weakest]}, recall {recall[weakest]:.4f}. "
            f"Temperature {spec.temperature:.3f}.",
            "",
            f"{spec.parameters:,} parameters, {len(history)} epochs, {trained:.0f} s of training in all "
            f"({trained / len(history):.1f} s per epoch), this command {seconds:.0f} s. Seed {config['seed']}, "
            f"{hardware()}, {date.today().isoformat()}.",
            "",
            *(line for note in notes for line in (note, "")),
            "![curves](curves.png)",
            "![confusion matrix](confusion_matrix.png)",
            "",
        ]
    )


def _interval(interval: tuple[float, float] | None) -> str:
    return "" if interval is None else f"{interval[0]:.4f} to {interval[1]:.4f}"


def _save(figure: Figure, path: Path) -> None:
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=120)
    write_bytes(path, picture.getbuffer())


def draw_curves(path: Path, history: History) -> None:
    figure = Figure(figsize=(10, 4), layout="constrained")
    axes = figure.subplots(1, 2)
    epochs = [row["epoch"] for row in history]
    for axis, quantity in zip(axes, ("accuracy", "loss"), strict=True):
        for split in ("train", "val"):
            axis.plot(epochs, [row[f"{split}_{quantity}"] for row in history], marker=".", label=split)
        axis.set_xlabel("epoch")
        axis.set_ylabel(quantity)
        axis.grid(alpha=0.3)
        axis.legend()
    _save(figure, path)


def draw_confusion(path: Path, confusion: Tensor, classes: tuple[str, ...]) -> None:
    figure = Figure(figsize=(6, 5.5), layout="constrained")
    axis = figure.subplots()
    share = confusion / confusion.sum(1, keepdim=True).clamp(min=1)
    axis.imshow(share.numpy(), cmap="Blues", vmin=0, vmax=1)
    axis.set_xticks(range(len(classes)), classes)
    axis.set_yticks(range(len(classes)), classes)
    axis.set_xlabel("predicted")
    axis.set_ylabel("true")
    for row in range(len(classes)):
        for column in range(len(classes)):
            colour = "white" if share[row, column] > 0.5 else "black"
            axis.text(column, row, str(int(confusion[row, column])), ha="center", va="center", color=colour, fontsize=8)
    _save(figure, path)
