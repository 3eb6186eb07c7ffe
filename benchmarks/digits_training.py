"""How fast LeNet-5 reaches 99.0 % on the 10,000 MNIST test images, beside the reference recipe in the same run.

python -m benchmarks.digits_training [--seeds 5] [--data-dir data]

Each run trains one network per seed; the clock starts with the data in memory as tensors and stops when the weights are
final. The test images are looked at after the clock has stopped.
"""

import dataclasses
import statistics
import tempfile
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import torch
import tyro

from training.data import LabelledPixels, Splits
from training.data.mnist import load_mnist
from training.hardware import hardware
from training.loop import predict_logits
from training.recipes.digits import PRESETS, Config, make_trainer


@dataclass(frozen=True)
class Options:
    """What to run."""

    seeds: int = 5
    data_dir: Path = Path("data")
    presets: tuple[str, ...] = ("fast", "reference")


def main(options: Options) -> None:
    print(f"{hardware()}, torch {torch.__version__}, {date.today().isoformat()}, seeds 0 to {options.seeds - 1}\n")
    print("| preset | epochs | median s | least to most s | mean test accuracy | least accuracy | n |")
    print("| --- | --- | --- | --- | --- | --- | --- |", flush=True)
    medians: dict[str, float] = {}
    for name in options.presets:
        config = PRESETS[name]
        splits = load_mnist(options.data_dir, config.val_share)
        runs = [train(dataclasses.replace(config, seed=seed), splits) for seed in range(options.seeds)]
        seconds, accuracies = [run[0] for run in runs], [run[1] for run in runs]
        medians[name] = statistics.median(seconds)
        print(
            f"| {name} | {config.epochs} | {medians[name]:.1f} | {min(seconds):.1f} to {max(seconds):.1f} "
            f"| {statistics.mean(accuracies):.4f} | {min(accuracies):.4f} | {len(splits.test):,} |",
            flush=True,
        )
    first, *others = options.presets
    for other in others:
        print(f"\n{first} takes {medians[first] / medians[other]:.2f} times the time of {other}.")


def train(config: Config, splits: Splits[LabelledPixels]) -> tuple[float, float]:
    """Seconds of training and accuracy on the test split, a share."""
    with tempfile.TemporaryDirectory() as folder:
        config = dataclasses.replace(config, runs_dir=Path(folder))
        config.folder.mkdir(parents=True)
        torch.manual_seed(config.seed)
        started = time.perf_counter()
        trainer = make_trainer(config, splits)
        trainer.show_progress = False
        trainer.fit(splits.train, splits.val)
        seconds = time.perf_counter() - started
    predicted = predict_logits(trainer.model, splits.test).argmax(1)
    return seconds, float((predicted == splits.test.labels).float().mean())


if __name__ == "__main__":
    main(tyro.cli(Options, description=__doc__))
