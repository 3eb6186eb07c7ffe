"""What locality and weight sharing buy: fully connected nets against LeNet-5 on MNIST.

Both are trained alike, without augmentation, at several sizes: accuracy at equal parameters, parameters at equal
accuracy, and accuracy on test digits that are shifted by a few pixels, which neither has seen.
"""

import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from matplotlib.figure import Figure
from torch import Tensor, nn
from torch.nn import functional

from training.data import LabelledPixels, Splits, first
from training.data.mnist import load_mnist
from training.experiments.result import write_result
from training.loop import Trainer, predict_logits
from training.metrics import accuracy_interval
from training.models.costs import layer_costs
from training.models.lenet5 import LeNet5
from training.models.mlp import MLP
from training.schedule import make_schedule

HIDDEN = ((8,), (20,), (77,), (300,), (1000,), (1000, 1000))
WIDTHS = (0.15, 0.25, 0.5, 1.0, 2.0)
EQUAL = {
    "fully connected": 61_225,
    "convolutional": 61_706,
}  # parameters of the pair that is compared on shifted digits


@dataclass(frozen=True)
class Options:
    """What to run."""

    epochs: int = 4
    batch_size: int = 128
    learning_rate: float = 3e-3
    seeds: int = 2
    shifts: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)
    """shifts in pixels, each in eight directions"""
    limit: int | None = None
    """use only the first N images of each split (for a quick try)"""
    data_dir: Path = Path("data")
    json: Path = Path("space/results/locality.json")
    plot: Path = Path("docs/locality.png")


def main(options: Options) -> dict[str, Any]:
    """Train every net, write the JSON and the plot; the JSON's content."""
    splits = first(load_mnist(options.data_dir, 1 / 12), options.limit)
    rows, shifted = [], []
    for form, size in nets():
        trained, seconds = [], []
        for seed in range(options.seeds):
            started = time.perf_counter()
            trained.append(train(make(form, size, seed), splits, seed, options))
            seconds.append(time.perf_counter() - started)
        row = summary(form, size, trained, seconds, splits.test)
        rows.append(row)
        print(json.dumps(row), flush=True)
        if row["parameters"] == EQUAL[form]:
            shifted += shifted_rows(form, trained, splits.test, options.shifts)
    options.plot.parent.mkdir(parents=True, exist_ok=True)
    draw(options.plot, rows, shifted)
    content = {"epochs": options.epochs, "seeds": options.seeds, "n_test": len(splits.test)}
    return write_result(options.json, "locality", content | {"rows": rows, "shifted": shifted})


def nets() -> Iterator[tuple[str, Any]]:
    for hidden in HIDDEN:
        yield "fully connected", hidden
    for width in WIDTHS:
        yield "convolutional", width


def make(form: str, size: Any, seed: int) -> nn.Module:
    torch.manual_seed(seed)
    return MLP(hidden=size) if form == "fully connected" else LeNet5(width=size)


def train(net: nn.Module, splits: Splits[LabelledPixels], seed: int, options: Options) -> nn.Module:
    optimizer = torch.optim.AdamW(net.parameters(), lr=options.learning_rate, weight_decay=1e-4)
    steps = options.epochs * -(-len(splits.train) // options.batch_size)
    with tempfile.TemporaryDirectory() as folder:
        trainer = Trainer(
            model=net,
            optimizer=optimizer,
            schedule=make_schedule("one-cycle", optimizer, options.learning_rate, steps, warm_up=0.3),
            loss=functional.cross_entropy,
            augment=None,
            folder=Path(folder),
            seed=seed,
            batch_size=options.batch_size,
            epochs=options.epochs,
            accelerator=Accelerator(cpu=True),
            show_progress=False,
        )
        trainer.fit(splits.train, splits.val)
    return net.eval()


def summary(
    form: str, size: Any, trained: list[nn.Module], seconds: list[float], test: LabelledPixels
) -> dict[str, Any]:
    runs = [accuracy(net, test.pixels, test.labels) for net in trained]
    mean = statistics.mean(runs)
    interval = accuracy_interval(round(mean * len(test)), len(test))
    return {
        "form": form,
        "size": size,
        "parameters": sum(parameter.numel() for parameter in trained[0].parameters()),
        "multiply_adds": sum(cost.multiply_adds for cost in layer_costs(trained[0], (28, 28, 1))),
        "train_seconds": round(statistics.median(seconds), 3),
        "accuracy": round(mean, 5),
        "interval": [round(bound, 5) for bound in interval],
        "runs": [round(run, 5) for run in runs],
    }


def shifted_rows(
    form: str, trained: list[nn.Module], test: LabelledPixels, shifts: tuple[int, ...]
) -> list[dict[str, Any]]:
    rows = []
    for pixels in shifts:
        directions = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if (y or x)] if pixels else [(0, 0)]
        runs = [
            accuracy(net, shift(test.pixels, y * pixels, x * pixels), test.labels)
            for net in trained
            for y, x in directions
        ]
        rows.append({"form": form, "shift": pixels, "accuracy": round(statistics.mean(runs), 5)})
    return rows


def shift(pixels: Tensor, down: int, right: int) -> Tensor:
    """(N, H, W, C) moved by whole pixels; black comes in."""
    height, width = pixels.shape[1:3]
    moved = torch.zeros_like(pixels)
    rows, columns = slice(max(0, down), height + min(0, down)), slice(max(0, right), width + min(0, right))
    from_rows, from_columns = slice(max(0, -down), height - max(0, down)), slice(max(0, -right), width - max(0, right))
    moved[:, rows, columns] = pixels[:, from_rows, from_columns]
    return moved


def accuracy(net: nn.Module, pixels: Tensor, labels: Tensor) -> float:
    logits = predict_logits(net, LabelledPixels(pixels, labels))
    return float((logits.argmax(1) == labels).float().mean())


def draw(path: Path, rows: list[dict[str, Any]], shifted: list[dict[str, Any]]) -> None:
    figure = Figure(figsize=(11, 4), layout="constrained")
    sizes, shifts = figure.subplots(1, 2)
    for form in ("convolutional", "fully connected"):
        points = sorted((row for row in rows if row["form"] == form), key=lambda row: row["parameters"])
        sizes.plot(
            [row["parameters"] for row in points],
            [100 * (1 - row["accuracy"]) for row in points],
            marker="o",
            label=form,
        )
        moved = [row for row in shifted if row["form"] == form]
        shifts.plot([row["shift"] for row in moved], [100 * row["accuracy"] for row in moved], marker="o", label=form)
    sizes.set(xscale="log", yscale="log", xlabel="parameters", ylabel="test error, %")
    shifts.set(xlabel="shift of the test digits, pixels", ylabel="test accuracy, %")
    for axis in (sizes, shifts):
        axis.grid(alpha=0.3, which="both")
        axis.legend()
    figure.savefig(path, dpi=120)
