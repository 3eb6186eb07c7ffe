"""Export a task: checkpoint -> parity with torch -> one ONNX file and its model card.

`features` writes what the feature viewer shows: `--network` says of which network.
"""

import dataclasses
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import tyro

from export import chest_xray, digits, features, flowers, objects
from export.model_card import model_card
from export.written import Precision, Written
from fovea import FoveaError, SettingError
from training.checkpoint import Checkpoint, load_checkpoint

# task: its networks, whose runs have their names, and what writes a file; the first network's file is TASK.onnx
TASKS: dict[str, tuple[tuple[str, ...], Callable[[Checkpoint, Path, Path, Precision], Written]]] = {
    "digits": (("lenet5",), digits.write),
    "flowers": (("inception_v3",), flowers.write),
    "chest_xray": (("inception_v3",), chest_xray.write),
    "objects": (("googlenet", "inception_v3"), objects.write),
}
FEATURES = "features"
ALLOWED = (*TASKS, FEATURES)


@dataclass(frozen=True)
class Config:
    """Where to read and where to write."""

    task: tyro.conf.Positional[str]
    """digits, flowers, objects, chest_xray or features"""
    model: str | None = None
    """the network, where a task has several: objects has googlenet and inception_v3, written to TASK_MODEL.onnx"""
    name: str | None = None
    """the run to export; by default the one named after the network"""
    precision: Precision = "auto"
    """auto takes int8 where it is as accurate and faster; networks too small to gain stay float32"""
    network: features.Network = "alexnet"
    """features: whose layers; lenet5 and googlenet are those of the default runs of digits and objects"""
    weights: Path | None = None
    """features of alexnet: its published convolutions, by default DATA_DIR/alexnet_conv.safetensors"""
    runs_dir: Path = Path("runs")
    data_dir: Path = Path("data")
    models_dir: Path = Path("models")


def main(config: Config) -> Path:
    """The written file. Raises ParityError, and leaves no file, where onnxruntime and torch disagree."""
    config.models_dir.mkdir(parents=True, exist_ok=True)
    written, commands = export_features(config) if config.task == FEATURES else export_trained(config)
    model, parity = written.model, written.parity
    card = model_card(model, parity, model.path.stat().st_size, commands, written.notes)
    model.path.with_suffix(".md").write_text(card)
    for note in written.notes:
        print(note)
    accuracy = model.spec.metric("accuracy")
    figure = "" if accuracy is None else f"accuracy {accuracy.value:.4f}, "
    print(f"{model.path}: parity on {parity.n:,} test images, {figure}revision {model.revision[:16]}")
    return model.path


def export_trained(config: Config) -> tuple[Written, tuple[str, ...]]:
    """The file of a trained task, and the commands that make it. Raises SettingError for an unknown network."""
    networks, write = TASKS[config.task]
    network = config.model or networks[0]
    if network not in networks:
        raise SettingError(f"The model is {network!r}; allowed for {config.task} are {', '.join(networks)}.")
    is_first = network == networks[0]
    run = config.runs_dir / config.task / (config.name or network)
    path = config.models_dir / f"{config.task if is_first else f'{config.task}_{network}'}.onnx"
    written = write(load_checkpoint(run / "checkpoint.pt"), path, config.data_dir, config.precision)
    (run / "export.json").write_text(json.dumps(dataclasses.asdict(written.parity) | {"notes": written.notes}) + "\n")
    settings = config.task if is_first else f"{config.task} --model {network}"
    return written, (f"python -m training {settings}", f"python -m export {settings}")


def export_features(config: Config) -> tuple[Written, tuple[str, ...]]:
    """The feature viewer's file of one network, and the command that makes it."""
    path = config.models_dir / f"features_{config.network}.onnx"
    places = {"runs_dir": config.runs_dir, "data_dir": config.data_dir}
    written = features.write(config.network, path, weights=config.weights, **places)
    return written, (f"python -m export features --network {config.network}",)


if __name__ == "__main__":
    settings = tyro.cli(Config, prog="python -m export", description=__doc__)
    if settings.task not in ALLOWED:
        sys.exit(f"The task is {settings.task!r}; allowed are {', '.join(ALLOWED)}.")
    try:
        main(settings)
    except (FileNotFoundError, FoveaError) as error:
        sys.exit(str(error))
