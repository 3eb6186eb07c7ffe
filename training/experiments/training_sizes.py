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

from training.data import Splits
from training.data.flowers import load_flowers
from training.data.photos import Photos
from training.experiments.result import write_result
from training.experiments.transfer_methods import METHODS, Method, measured
from training.fine_tuning import limit
from training.metrics import accuracy_interval
from training.recipes.flowers import DEFAULT, Config

PER_CLASS = (5, 10, 20, 50, 100, None)  # None: all of them
TRANSFERRED = dataclasses.replace(DEFAULT, views=2, tune_epochs=8, head_epochs=20)
SCRATCH = dataclasses.replace(
    DEFAULT, weights="none", last_stage="Mixed_5b", size=128, views=8, tune_learning_rate=3e-3, dropout=0.2
)
SCRATCH_STEPS = 400  # of 32 photos, whatever the number of photos


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
    limit: int | None = None
    """use only N photos of each split (for a quick try)"""
    data_dir: Path = Path("data")
    cache_dir: Path = Path("data/prefix_cache")
    json: Path = Path("space/results/training_sizes.json")
    plot: Path = Path("docs/training_sizes.png")


def main(options: Options) -> dict[str, Any]:
    """Train everything, then write the JSON and the plot; the JSON's content."""
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
    content = {
        "scratch_network": f"Inception-v3 to {SCRATCH.last_stage}, {SCRATCH.size} x {SCRATCH.size} pixels, "
        f"{options.scratch_steps:,} steps of {SCRATCH.batch_size} photos",
        "rows": rows,
    }
    return write_result(options.json, "training_sizes", content)


def settings(method: Method, options: Options) -> Config:
    return SCRATCH if method == "scratch" else dataclasses.replace(TRANSFERRED, weights=options.weights)


def some(splits: Splits[Photos], per_class: int | None, seed: int) -> Splits[Photos]:
    """`per_class` random training photos of each class; validation and test whole."""
    if per_class is None:
        return splits
    order = torch.randperm(len(splits.train), generator=torch.Generator().manual_seed(seed)).tolist()
    labels = splits.train.labels.tolist()
    chosen = [i for k in range(len(splits.classes)) for i in [i for i in order if labels[i] == k][:per_class]]
    return dataclasses.replace(splits, train=splits.train.take(chosen))


def accuracy(method: Method, splits: Splits[Photos], seed: int, options: Options) -> float:
    """On the test split, after the last step."""
    config = settings(method, options)
    epochs = max(1, round(options.scratch_steps * config.batch_size / len(splits.train)))
    with tempfile.TemporaryDirectory() as folder:
        config = dataclasses.replace(config, seed=seed, cache_dir=options.cache_dir, runs_dir=Path(folder))
        return measured(method, config, splits, epochs).right(splits.test.labels) / len(splits.test)


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
