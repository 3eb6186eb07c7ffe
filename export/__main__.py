"""Export a trained task: checkpoint -> parity with torch -> one ONNX file and its model card."""

import dataclasses
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import tyro

from export import chest_xray, digits, flowers, objects
from export.model_card import model_card
from export.runtime import FoveaError
from export.written import Precision, Written
from training.checkpoint import Checkpoint, load_checkpoint

# task: its default run, and what writes its file
TASKS: dict[str, tuple[str, Callable[[Checkpoint, Path, Path, Precision], Written]]] = {
    "digits": ("lenet5", digits.write),
    "flowers": ("inception_v3", flowers.write),
    "chest_xray": ("inception_v3", chest_xray.write),
    "objects": ("googlenet", objects.write),
}


@dataclass(frozen=True)
class Config:
    """Where to read and where to write."""

    task: tyro.conf.Positional[str]
    """digits, flowers, objects or chest_xray"""
    name: str | None = None
    """the run to export; by default the task's default run"""
    precision: Precision = "auto"
    """auto takes int8 where it is as accurate and faster; networks too small to gain stay float32"""
    runs_dir: Path = Path("runs")
    data_dir: Path = Path("data")
    models_dir: Path = Path("models")


def main(config: Config) -> Path:
    """The written file. Raises ParityError, and leaves no file, where onnxruntime and torch disagree."""
    default_run, write = TASKS[config.task]
    name = config.name or default_run
    run = config.runs_dir / config.task / name
    checkpoint = load_checkpoint(run / "checkpoint.pt")
    path = config.models_dir / f"{config.task}.onnx"
    path.parent.mkdir(parents=True, exist_ok=True)
    written = write(checkpoint, path, config.data_dir, config.precision)
    model, parity = written.model, written.parity
    size = path.stat().st_size
    card = model_card(model.spec, model.revision, parity, size, model.outputs, written.notes)
    path.with_suffix(".md").write_text(card)
    (run / "export.json").write_text(json.dumps(dataclasses.asdict(parity) | {"notes": written.notes}) + "\n")
    for note in written.notes:
        print(note)
    accuracy = model.spec.metric("accuracy")
    figure = "" if accuracy is None else f"accuracy {accuracy.value:.4f}, "
    print(f"{path}: parity on {parity.n:,} test images, {figure}revision {model.revision[:16]}")
    return path


if __name__ == "__main__":
    settings = tyro.cli(Config, prog="python -m export", description=__doc__)
    if settings.task not in TASKS:
        sys.exit(f"The task is {settings.task!r}; allowed are {', '.join(TASKS)}.")
    try:
        main(settings)
    except (FileNotFoundError, FoveaError) as error:
        sys.exit(str(error))
