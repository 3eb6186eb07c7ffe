"""What a folder of very many photos costs before a network is trained on it: time and memory by number of files.

python -m benchmarks.many_photos [--counts 10000 100000] [--weights FILE] [--data-dir data]

The photos are CIFAR-10 training images with fresh noise, as JPEG files in class folders. Each count runs in a process
of its own: listing, reading, the search for look-alikes, the split, and the frozen features of the first photos, whose
time is scaled to all of them. Writes the JSON that docs/RESULTS.md shows.
"""

import json
import multiprocessing
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import tyro
from PIL import Image

from training.data.cifar10 import CLASSES, load_cifar10
from training.data.own_photos import list_photos, read_own_photos
from training.data.own_split import OwnSplit
from training.experiments.result import write_result
from training.frozen_features import embeddings
from training.recipes.folder import Config, default_for

NOISE = 12.0  # standard deviation, of 255 levels
QUALITY = 90

Result = TypeVar("Result")


@dataclass(frozen=True)
class Options:
    """What to run."""

    counts: tuple[int, ...] = (10_000, 100_000)
    embedded: int = 2_000
    """photos whose features are computed"""
    weights: str = "hub"
    """hub or a file for Inception-v3"""
    data_dir: Path = Path("data")
    work_dir: Path | None = None
    """where the photos are written for the time of the run (default: the system's place for such files)"""
    json: Path = Path("docs/many_photos.json")


def main(options: Options) -> dict[str, Any]:
    """Measure every count, write the JSON; its content."""
    rows = []
    for count in options.counts:
        with tempfile.TemporaryDirectory(dir=options.work_dir) as folder:
            write_photos(Path(folder) / "photos", count, options.data_dir)
            with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as alone:
                rows.append(alone.submit(measured, Path(folder), options.weights, options.embedded).result())
        print(json.dumps(rows[-1]), flush=True)
    content = {"command": "python -m benchmarks.many_photos", "embedded": options.embedded, "rows": rows}
    return write_result(options.json, "many_photos", content)


def write_photos(folder: Path, count: int, data_dir: Path) -> None:
    """`count` files, the images in turn."""
    train = load_cifar10(data_dir, 0).train
    random = np.random.default_rng(0)
    for name in CLASSES:
        (folder / name).mkdir(parents=True)
    for number in range(count):
        index = number % len(train)
        pixels = train.pixels[index].numpy() + random.normal(0, NOISE, (32, 32, 3))
        picture = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
        picture.save(folder / CLASSES[int(train.labels[index])] / f"{number:07d}.jpg", quality=QUALITY)


def measured(folder: Path, weights: str, embedded: int) -> dict[str, Any]:
    """Seconds of each step, and the peak of this process's memory after it, in bytes."""
    steps: dict[str, dict[str, float]] = {}

    def step(name: str, call: Callable[[], Result]) -> Result:
        started = time.perf_counter()
        result = call()
        steps[name] = {"seconds": round(time.perf_counter() - started, 2), "peak_bytes": peak_bytes()}
        return result

    photos = folder / "photos"
    given = Config(path=photos, weights=weights)
    config = replace(default_for(given), path=photos, weights=weights, cache_dir=folder / "cache")
    listed = step("list", lambda: list_photos(photos))
    own = step("read", lambda: read_own_photos(listed, photos))
    split = OwnSplit(own)
    step("look_alikes", lambda: split.look_alikes)
    step("split", lambda: split.splits)
    first = own.photos.take(range(min(embedded, len(own.photos))))
    step("features", lambda: embeddings(config, first))
    steps["features"]["seconds_of_all"] = round(steps["features"]["seconds"] / len(first) * len(own.photos), 1)
    return {"photos": len(own.photos), "size": config.size, "pairs": len(split.look_alikes), "steps": steps}


def peak_bytes() -> int:
    """Of this process so far; getrusage would tell that of the process that started it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1]) * 1024


if __name__ == "__main__":
    main(tyro.cli(Options, description=__doc__))
