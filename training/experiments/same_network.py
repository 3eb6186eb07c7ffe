"""What each way of training costs: one network, one input size, all photos of the flowers; only the way differs.

Every way starts with an empty cache, so its seconds hold all that it computes. It trains for its own number of epochs:
a network from random weights needs more of them.
"""

import dataclasses
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.data import Splits
from training.data.flowers import CLASSES, load_flowers
from training.data.photos import Photos
from training.experiments.result import kept_rows, made_here, write_result
from training.experiments.transfer_methods import METHODS, Method, measured, parameters
from training.fine_tuning import limit
from training.metrics import share_right
from training.recipes.flowers import DEFAULT, Config

LAST_STAGE = "Mixed_7a"
SCRATCH_RATE = 3e-3  # learning rate of the network from random weights


@dataclass(frozen=True)
class Options:
    """What to run."""

    weights: str = "hub"
    """hub or a file for Inception-v3"""
    size: int = 128
    """height and width of the network's input, in pixels"""
    scratch_epochs: int = 40
    """epochs of the network from random weights"""
    seed: int = 0
    limit: int | None = None
    """use only N photos of each split (for a quick try)"""
    redo: bool = False
    """train again what the JSON holds"""
    data_dir: Path = Path("data")
    json: Path = Path("space/results/same_network.json")


def main(options: Options) -> dict[str, Any]:
    """Train by each method, then write the JSON; its content. A row that the JSON holds is kept."""
    splits = limit(load_flowers(options.data_dir), options.limit)
    content = {
        "network": f"Inception-v3 to {LAST_STAGE}",
        "weights": Path(options.weights).name,
        "size": options.size,
        "seed": options.seed,
        "scratch_epochs": options.scratch_epochs,
        "n_train": len(splits.train),
        "n_test": len(splits.test),
    }
    rows = {} if options.redo else {row["method"]: row for row in kept_rows(options.json, content)}
    document: dict[str, Any] = {}
    for method in METHODS:
        if method not in rows:
            rows[method] = made_here() | _row(method, options, splits)
        document = write_result(options.json, "same_network", content | {"rows": list(rows.values())})
    return document


def settings(method: Method, options: Options) -> Config:
    """The default recipe of the flowers at another size; from scratch with steps of its own."""
    config = dataclasses.replace(DEFAULT, size=options.size, seed=options.seed, last_stage=LAST_STAGE)
    if method == "scratch":
        return dataclasses.replace(config, weights="none", tune_learning_rate=SCRATCH_RATE)
    return dataclasses.replace(config, weights=options.weights)


def _row(method: Method, options: Options, splits: Splits[Photos]) -> dict[str, Any]:
    config = settings(method, options)
    with tempfile.TemporaryDirectory() as folder:
        own = dataclasses.replace(config, runs_dir=Path(folder) / "runs", cache_dir=Path(folder) / "cache")
        outcome = measured(method, own, splits, options.scratch_epochs)
    n = len(splits.test)
    epochs = {
        "frozen": config.head_epochs,
        "tuned": config.head_epochs + config.tune_epochs,
        "scratch": options.scratch_epochs,
    }
    return {
        "method": method,
        **share_right(outcome.right(splits.test.labels), n),
        "seconds": round(outcome.seconds, 1),
        "epochs": epochs[method],
        "parameters": parameters(method, config, len(CLASSES)),
    }
