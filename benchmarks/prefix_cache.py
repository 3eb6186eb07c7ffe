"""Time of an epoch with the frozen-prefix cache against without it, for the VGG16 reference recipe.

python -m benchmarks.prefix_cache [--weights none] [--uncached-photos 64]

The cached epoch runs over all training photos. The uncached one runs over a subset, and its time is scaled by the
number of photos: the frozen part costs the same for each. Random weights serve as well as trained ones for the time.
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

from fovea.allocator import keep_freed_memory
from training.data.flowers import load_flowers
from training.fine_tuning import Phase, limit, start, train_phase
from training.hardware import hardware
from training.precision import make_accelerator
from training.recipes.flowers import PRESETS


@dataclass(frozen=True)
class Options:
    """What to run."""

    weights: str = "none"
    photos: int | None = None
    """training photos of the cached epoch; all by default"""
    uncached_photos: int = 64
    epochs: int = 5
    data_dir: Path = Path("data")


def main(options: Options) -> None:
    keep_freed_memory()
    config = dataclasses.replace(PRESETS["vgg16-reference"], weights=options.weights)
    splits = limit(load_flowers(options.data_dir), options.photos)
    print(f"{hardware()}, torch {torch.__version__}, {date.today().isoformat()}\n")
    seconds: dict[bool, float] = {}
    for cache in (True, False):
        part = splits if cache else limit(splits, options.uncached_photos)
        with tempfile.TemporaryDirectory() as folder:
            run = dataclasses.replace(
                config, cache=cache, runs_dir=Path(folder), cache_dir=Path(folder) / "prefix_cache"
            )
            run.folder.mkdir(parents=True)
            net, _ = start(run, len(splits.classes))
            epochs = options.epochs if cache else 1
            started = time.perf_counter()
            history = train_phase(
                net, Phase("head", None, 0, epochs, 1e-4), run, part, make_accelerator(run.precision)
            ).history
            whole = time.perf_counter() - started
        each = [row["seconds"] for row in history]
        seconds[cache] = statistics.median(each) * len(splits.train) / len(part.train)
        if cache:
            print(f"filling the cache and {epochs} epochs: {whole:.1f} s, {len(part.train):,} training photos")
    print(f"cached epoch: median {seconds[True]:.2f} s of {options.epochs}, {len(splits.train):,} photos")
    print(f"uncached epoch: {seconds[False]:.1f} s, scaled from {options.uncached_photos} photos")
    print(f"the cache makes an epoch {seconds[False] / seconds[True]:.0f} times faster")


if __name__ == "__main__":
    main(tyro.cli(Options, description=__doc__))
