"""Export a trained task: checkpoint -> parity with torch -> one ONNX file and its model card."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tyro

from export.model_card import model_card
from export.parity import ParityError, check_parity
from export.runtime import Metric, Model, load
from export.to_onnx import Exported, to_onnx
from training.checkpoint import load_checkpoint
from training.data import LabelledPixels
from training.data.mnist import load_mnist

# task: its test images, which parity and the exported file's own accuracy are measured on
TEST_IMAGES: dict[str, Callable[[Path], LabelledPixels]] = {
    "digits": lambda data_dir: load_mnist(data_dir, val_share=0).test,
}
DEFAULT_RUNS = {"digits": "lenet5"}


@dataclass(frozen=True)
class Config:
    """Where to read and where to write."""

    task: tyro.conf.Positional[str]
    """digits"""
    name: str | None = None
    """the run to export; by default the task's default run"""
    runs_dir: Path = Path("runs")
    data_dir: Path = Path("data")
    models_dir: Path = Path("models")


def main(config: Config) -> Path:
    """The written file. Raises ParityError, and leaves no file, where onnxruntime and torch disagree."""
    name = config.name or DEFAULT_RUNS[config.task]
    checkpoint = load_checkpoint(config.runs_dir / config.task / name / "checkpoint.pt")
    test = TEST_IMAGES[config.task](config.data_dir)
    exported = Exported(checkpoint.model(), checkpoint.spec).eval()
    path = config.models_dir / f"{config.task}.onnx"
    partial = path.with_suffix(".partial.onnx")
    try:
        to_onnx(exported, checkpoint.spec, partial)
        model = load(partial)
        parity = check_parity(exported, model, test.pixels)
        accuracy = measure(model, test)
        promised = checkpoint.spec.metric("accuracy")
        if promised is not None and promised.n == accuracy.n and abs(promised.value - accuracy.value) > 2e-4:
            raise ParityError(f"The file's accuracy is {accuracy.value:.4f}; torch's was {promised.value:.4f}.")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    card = model_card(model.spec, model.revision, parity, path.stat().st_size)
    path.with_suffix(".md").write_text(card)
    print(f"{path}: parity on {parity.n:,} test images, accuracy {accuracy.value:.4f}, revision {model.revision[:16]}")
    return path


def measure(model: Model, data: LabelledPixels, batch_size: int = 1000) -> Metric:
    """Accuracy of the exported file itself, through onnxruntime."""
    batches = [model.run(batch.numpy())["probabilities"].argmax(axis=1) for batch in data.pixels.split(batch_size)]
    correct = int((np.concatenate(batches) == data.labels.numpy()).sum())
    return Metric("accuracy", correct / len(data), "test", len(data))


if __name__ == "__main__":
    settings = tyro.cli(Config, prog="python -m export", description=__doc__)
    if settings.task not in TEST_IMAGES:
        sys.exit(f"The task is {settings.task!r}; allowed are {', '.join(TEST_IMAGES)}.")
    try:
        main(settings)
    except (FileNotFoundError, ParityError) as error:
        sys.exit(str(error))
