"""How long it takes from a folder of photos to an answer, and how good the answers are, by backbone.

python -m benchmarks.folder_to_answer [--inception-v3 FILE] [--vgg16 FILE] [--photos 500] [--data-dir data]

The photos are two sets that the defaults of `training folder` were not tuned for: CIFAR-10 test images as class
folders, and a part of flower_photos, for which the flowers recipe was tuned. Every command is the one that a user
types, in a process of its own, with an empty cache. Writes the JSON that docs/RESULTS.md shows.
"""

import dataclasses
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tyro
from PIL import Image

from fovea import load
from training.data.cifar10 import load_cifar10
from training.data.flowers import load_flowers
from training.experiments.result import kept_rows, made_here, write_result

COMMAND = "python -m benchmarks.folder_to_answer"


@dataclass(frozen=True)
class Options:
    """What to run."""

    inception_v3: str = "hub"
    """hub or a file"""
    vgg16: str = "hub"
    """hub or a file"""
    photos: int = 500
    """of each set, spread over its classes"""
    seed: int = 0
    only: tuple[str, ...] = ()
    """backbones, or `scratch`, for a quick try (default: all)"""
    redo: bool = False
    """time rows again that the JSON holds"""
    data_dir: Path = Path("data")
    json: Path = Path("docs/own_photos.json")


@dataclass(frozen=True)
class Network:
    """A backbone as the command line names it."""

    name: str
    backbone: str
    weights: str


def main(options: Options) -> dict[str, Any]:
    """Time every backbone on every set, write the JSON; its content."""
    networks = (
        Network("inception_v3", "inception_v3", options.inception_v3),
        Network("vgg16", "vgg16", options.vgg16),
        Network("scratch", "inception_v3", "none"),
    )
    settings = {"n_photos": options.photos, "seed": options.seed}
    # a call that was stopped goes on
    kept = [] if options.redo else kept_rows(options.json, settings)
    rows = {(row["photos"], row["network"]): row for row in kept}
    with tempfile.TemporaryDirectory() as temporary:
        for name, write in {"CIFAR-10": write_cifar10, "flowers": write_flowers}.items():
            wanted = [one for one in networks if not options.only or one.name in options.only]
            missing = [one for one in wanted if (name, one.name) not in rows]
            folder = Path(temporary) / name.replace("-", "_").lower()
            if missing:
                write(folder, options)
            for network in missing:
                row = {"photos": name, "network": network.name} | made_here() | timed(folder, network, options)
                print(json.dumps(row), flush=True)
                rows[name, network.name] = row
                found = {"command": COMMAND} | settings | {"rows": list(rows.values())}
                write_result(options.json, "own_photos", found)
    content: dict[str, Any] = json.loads(options.json.read_text())
    return content


def write_cifar10(folder: Path, options: Options) -> None:
    """Test images of CIFAR-10, which no network here was trained on, as PNG files."""
    splits = load_cifar10(options.data_dir, 0.1)
    labels = splits.test.labels.tolist()
    for number, (index, label) in enumerate(spread_over(labels, options.photos)):
        path = folder / splits.classes[label] / f"{number:04d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(splits.test.pixels[index].numpy()).save(path)


def write_flowers(folder: Path, options: Options) -> None:
    """Photos of all three parts of flower_photos."""
    splits = load_flowers(options.data_dir)
    everything = splits.train.joined(splits.val).joined(splits.test)
    for index, label in spread_over(everything.labels.tolist(), options.photos):
        path = folder / splits.classes[label] / everything.paths[index].name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(everything.paths[index].read_bytes())


def spread_over(labels: list[int], count: int) -> Iterator[tuple[int, int]]:
    """Index and label of about `count` pictures, as many of each class."""
    classes = sorted(set(labels))
    for label in classes:
        for index in [index for index, one in enumerate(labels) if one == label][: count // len(classes)]:
            yield index, label


def timed(folder: Path, network: Network, options: Options) -> dict[str, Any]:
    """Seconds of each command, and the test accuracy that the model file states."""
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary)
        runs, models = ("--runs-dir", home / "runs"), ("--models-dir", home / "models")
        data = ("--data-dir", options.data_dir)
        settings = ("--backbone", network.backbone, "--weights", network.weights, "--seed", options.seed)
        cache = ("--cache-dir", home / "cache")
        training = seconds("training", "folder", folder, "--name", "own", *settings, *runs, *data, *cache)
        exporting = seconds("export", "folder", "own", *runs, *models, *data)
        model = home / "models" / "own.onnx"
        photo = next(folder.glob("*/*"))
        answering = seconds("fovea", "predict", model, photo)
        spec = load(model).spec
        accuracy = spec.metric("accuracy")
        assert accuracy is not None
        return {
            "size": spec.height,
            "training_seconds": round(training, 1),
            "export_seconds": round(exporting, 1),
            "answer_seconds": round(answering, 1),
            "seconds": round(training + exporting + answering, 1),
            "accuracy": dataclasses.asdict(accuracy),
            "bytes": model.stat().st_size,
        }


def seconds(*words: object) -> float:
    """Of one command. Raises CalledProcessError where it fails, with what it printed on the screen."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", *map(str, words)], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


if __name__ == "__main__":
    main(tyro.cli(Options, description=__doc__))
