"""What transfer saves: test accuracy on flowers against the number of training photos, in three ways.

`frozen`: Inception-v3's features with a new head. `tuned`: the same, then its last stage fine-tuned. `scratch`: the
first stages of the same network, small enough for two cores, from random weights.
"""

import dataclasses
import json
import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from matplotlib.figure import Figure
from torch import nn

from training.data import Splits
from training.data.flowers import CLASSES, load_flowers
from training.data.photos import Photos
from training.experiments.result import write_result
from training.fine_tuning import Phase, limit, make_trainer, start, train_phase
from training.loop import Trainer, predict_logits
from training.metrics import accuracy_interval
from training.models.transfer_net import Trainable, TransferNet
from training.precision import make_accelerator, uses_bf16
from training.prefix_cache import PrefixOutputs, open_store, uncached
from training.recipes.flowers import DEFAULT, Config

METHODS = ("frozen", "tuned", "scratch")
PER_CLASS = (5, 10, 20, 50, 100, None)  # None: all of them
TRANSFERRED = dataclasses.replace(DEFAULT, views=2, tune_epochs=8, head_epochs=20)
SCRATCH = dataclasses.replace(
    DEFAULT, weights="none", last_stage="Mixed_5b", size=128, views=8, tune_learning_rate=3e-3, dropout=0.2
)
SCRATCH_STEPS = 400  # of 32 photos, whatever the number of photos
WATCHED_STEP = 8  # every so many validation photos are looked at after each epoch; nothing is chosen by them


@dataclass(frozen=True)
class Options:
    """What to run."""

    weights: str = "hub"
    """hub or a file for Inception-v3"""
    per_class: tuple[int, ...] = tuple(n for n in PER_CLASS if n)
    """numbers of training photos per class (all photos are tried as well)"""
    seeds: int = 2
    """random subsets of each size (all photos, and the network from scratch, train once)"""
    scratch_steps: int = SCRATCH_STEPS
    train: bool = True
    """train every network, or count their parameters alone and keep the rows of the file"""
    limit: int | None = None
    """use only N photos of each split (for a quick try)"""
    data_dir: Path = Path("data")
    cache_dir: Path = Path("data/prefix_cache")
    json: Path = Path("space/results/training_sizes.json")
    plot: Path = Path("docs/training_sizes.png")


def main(options: Options) -> dict[str, Any]:
    """Train everything, then write the JSON and the plot; the JSON's content."""
    content = measured(options) if options.train else json.loads(options.json.read_text())
    return write_result(options.json, "training_sizes", content | {"parameters": parameters(options)})


def measured(options: Options) -> dict[str, Any]:
    """Every row, after every training; draws the plot."""
    splits = limit(load_flowers(options.data_dir), options.limit)
    rows: list[dict[str, Any]] = []
    for per_class in (*options.per_class, None):
        for method in METHODS:
            seeds = 1 if per_class is None or method == "scratch" else options.seeds
            runs = [accuracy(method, some(splits, per_class, seed), seed, options) for seed in range(seeds)]
            rows.append(_row(method, some(splits, per_class, 0), per_class, runs, len(splits.test)))
            print(json.dumps(rows[-1]), flush=True)
    options.plot.parent.mkdir(parents=True, exist_ok=True)
    draw(options.plot, rows)
    return {
        "scratch_network": f"Inception-v3 to {SCRATCH.last_stage}, {SCRATCH.size} x {SCRATCH.size} pixels, "
        f"{options.scratch_steps:,} steps of {SCRATCH.batch_size} photos",
        "rows": rows,
    }


def parameters(options: Options) -> dict[str, dict[str, int]]:
    """Of each method, how many parameters its network has, and how many of them learn."""
    counted = {}
    for method in METHODS:
        net, rebuilt = start(settings(method, options), len(CLASSES))
        if method == "scratch":
            learns: nn.Module = whole(net)
        else:
            learns = net.split(rebuilt["tune_from"] if method == "tuned" else None)[1]
        counted[method] = {
            "all": sum(parameter.numel() for parameter in net.parameters()),
            "trained": sum(parameter.numel() for parameter in learns.parameters() if parameter.requires_grad),
        }
    return counted


def settings(method: str, options: Options) -> Config:
    return SCRATCH if method == "scratch" else dataclasses.replace(TRANSFERRED, weights=options.weights)


def some(splits: Splits[Photos], per_class: int | None, seed: int) -> Splits[Photos]:
    """`per_class` random training photos of each class; validation and test whole."""
    if per_class is None:
        return splits
    order = torch.randperm(len(splits.train), generator=torch.Generator().manual_seed(seed)).tolist()
    labels = splits.train.labels.tolist()
    chosen = [i for k in range(len(splits.classes)) for i in [i for i in order if labels[i] == k][:per_class]]
    return dataclasses.replace(splits, train=splits.train.take(chosen))


def accuracy(method: str, splits: Splits[Photos], seed: int, options: Options) -> float:
    """On the test split, after the last step."""
    with tempfile.TemporaryDirectory() as folder:
        config = settings(method, options)
        config = dataclasses.replace(config, seed=seed, cache_dir=options.cache_dir, runs_dir=Path(folder))
        config.folder.mkdir(parents=True)
        net, rebuilt = start(config, len(splits.classes))
        if method == "scratch":
            return _from_scratch(net, config, splits, options.scratch_steps)
        head = Phase("head", None, 0, config.head_epochs, config.head_learning_rate)
        tune = Phase("tune", rebuilt["tune_from"], config.views, config.tune_epochs, config.tune_learning_rate)
        watched = dataclasses.replace(splits, val=splits.val.take(range(0, len(splits.val), WATCHED_STEP)))
        chosen = (head,) if method == "frozen" else (head, tune)
        for phase in chosen:
            train_phase(net, phase, config, watched, make_accelerator(config.precision))
        return _score_cached(net, chosen[-1].train_from, config, splits)


def _from_scratch(net: TransferNet, config: Config, splits: Splits[Photos], steps: int) -> float:
    epochs = max(1, round(steps * config.batch_size / len(splits.train)))
    views = config.make_views()
    pixels = _Remembered(uncached(splits.train, views, config.views), config.views)
    val = uncached(splits.val.take(range(min(40, len(splits.val)))), views)
    phase = Phase("scratch", None, config.views, epochs, config.tune_learning_rate)
    trainer: Trainer = make_trainer(whole(net), phase, config, len(splits.train), make_accelerator(config.precision))
    trainer.fit(pixels, val)
    return _score(net, config, splits)


def whole(net: TransferNet) -> Trainable:
    """Every layer, to be trained from random weights."""
    return Trainable(net.normalize, net.stages, net.head, trains_batch_norm=True)


class _Remembered:
    """Every view rendered once and kept in memory as pixels: small photos, many epochs."""

    def __init__(self, source: PrefixOutputs, count: int) -> None:
        self.source, self.labels, self.count = source, source.labels, count
        self.views: dict[tuple[int, int], torch.Tensor] = {}

    @property
    def digest(self) -> bytes:
        return self.source.digest

    def __len__(self) -> int:
        return len(self.source)

    def to(self, device: torch.device) -> "_Remembered":
        self.source, self.labels = self.source.to(device), self.labels.to(device)
        return self

    def inputs(self, indices: torch.Tensor, epoch: int) -> torch.Tensor:
        number = epoch % self.count
        for index in indices.tolist():
            if (index, number) not in self.views:
                self.views[index, number] = self.source.inputs(torch.tensor([index]), epoch)[0].byte()
        return torch.stack([self.views[index, number] for index in indices.tolist()])


def _score_cached(net: TransferNet, train_from: str | None, config: Config, splits: Splits[Photos]) -> float:
    """As `_score`, with the frozen part's outputs on the test photos from the cache, where later runs find them."""
    prefix, rest = net.cpu().split(train_from)
    bf16 = uses_bf16(config.precision)
    example = torch.zeros(1, config.size, config.size, 3, dtype=torch.uint8)
    store = open_store(config.cache_dir, prefix, example, int(config.cache_gb * 1e9), bf16=bf16)
    test = PrefixOutputs(splits.test, config.make_views(), 0, prefix, store, bf16=bf16)
    test.fill(1)
    logits = predict_logits(rest, test, batch_size=32)
    return float((logits.argmax(1) == splits.test.labels).float().mean())


def _score(net: nn.Module, config: Config, splits: Splits[Photos]) -> float:
    test = uncached(splits.test, config.make_views())
    logits = predict_logits(net.cpu(), test, batch_size=16)
    return float((logits.argmax(1) == splits.test.labels).float().mean())


def _row(method: str, splits: Splits[Photos], per_class: int | None, runs: list[float], n: int) -> dict[str, Any]:
    mean = statistics.mean(runs)
    interval = accuracy_interval(round(mean * n), n)
    return {
        "method": method,
        "per_class": per_class,
        "n_train": len(splits.train),
        "accuracy": round(mean, 4),
        "interval": [round(bound, 4) for bound in interval],
        "runs": [round(run, 4) for run in runs],
        "n_test": n,
    }


def draw(path: Path, rows: list[dict[str, Any]]) -> None:
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axis = figure.subplots()
    for method in ("tuned", "frozen", "scratch"):
        points = [row for row in rows if row["method"] == method]
        numbers = [row["n_train"] for row in points]
        axis.plot(numbers, [100 * row["accuracy"] for row in points], marker="o", label=method)
        low, high = ([100 * row["interval"][end] for row in points] for end in (0, 1))
        axis.fill_between(numbers, low, high, alpha=0.15)
    axis.set_xscale("log")
    axis.set_xticks([row["n_train"] for row in rows if row["method"] == "frozen"])
    axis.set_xticklabels([f"{row['n_train']:,}" for row in rows if row["method"] == "frozen"])
    axis.minorticks_off()
    axis.set_xlabel("training photos")
    axis.set_ylabel("test accuracy, %")
    axis.grid(alpha=0.3)
    axis.legend()
    figure.savefig(path, dpi=120)
