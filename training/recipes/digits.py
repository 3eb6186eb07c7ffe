"""Digits: LeNet-5 on MNIST. The defaults give the shipped model. PRESETS hold the other forms and schedules."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Literal

import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch.nn import functional

from fovea import Layer, ModelSpec
from training.augment import distort
from training.data import LabelledPixels, Splits, first
from training.data.mnist import load_mnist
from training.data.pen_digits import with_drawings
from training.loop import Trainer
from training.models import build
from training.models.lenet5 import LeNet5
from training.models.lenet5_classic import LeNet5Classic, map_loss
from training.models.outlier_detector import OutlierDetector
from training.outlier_exposure import train_detector, tune_detector
from training.run import Trained, fit, run
from training.schedule import Schedule, make_schedule


@dataclass(frozen=True)
class Config:
    """Settings of one run; the defaults are those of the shipped model."""

    architecture: Literal["lenet5", "lenet5_classic"] = "lenet5"
    activation: Literal["relu", "tanh"] = "relu"
    """activation of the modern form"""
    pooling: Literal["max", "average"] = "max"
    """pooling of the modern form"""
    dropout: float = 0.1
    """share of C5's units left out in training, modern form"""
    augment: bool = True
    """small rotations, shears, shifts and elastic distortions"""
    epochs: int = 60
    batch_size: int = 128
    learning_rate: float = 3e-3
    """peak learning rate of Adam"""
    schedule: Schedule = "one-cycle"
    weight_decay: float = 1e-4
    """decoupled weight decay, as in AdamW"""
    drawing_epochs: int = 10
    """epochs after those on MNIST alone, with digits drawn by one pen at every size among them (0: none)"""
    drawing_learning_rate: float = 1e-3
    """peak learning rate of these epochs"""
    drawings: float = 0.3
    """drawn digits for each digit of MNIST"""
    detector_epochs: int = 8
    """epochs of the detector of drawings that are not one digit, beside the modern form (0: none)"""
    detector_drawing_epochs: int = 2
    """epochs of the detector after those, with drawings of every size"""
    val_share: float = 1 / 12
    """share of the 60,000 training images held out for validation"""
    seed: int = 0
    limit: int | None = None
    """use only the first N images of each split (for a quick try)"""
    min_accuracy: float = 0.0
    """fail unless the test accuracy reaches this"""
    data_dir: Path = Path("data")
    runs_dir: Path = Path("runs")
    name: str = "lenet5"
    """the run's folder is RUNS_DIR/digits/NAME"""
    resume: bool = False
    """continue the run of this name"""

    @property
    def folder(self) -> Path:
        return self.runs_dir / "digits" / self.name


DEFAULT = Config()
PRESETS = {
    "classic": dataclasses.replace(
        DEFAULT,
        name="classic",
        architecture="lenet5_classic",
        augment=False,
        epochs=20,
        drawing_epochs=0,
        detector_epochs=0,
        learning_rate=2e-3,
        weight_decay=0.0,
    ),
    "fast": dataclasses.replace(
        DEFAULT,
        name="fast",
        dropout=0.0,
        augment=False,
        epochs=4,
        drawing_epochs=0,
        detector_epochs=0,
        batch_size=256,
        learning_rate=8e-3,
    ),
    "reference": dataclasses.replace(
        DEFAULT,
        name="reference",
        activation="tanh",
        pooling="average",
        dropout=0.0,
        augment=False,
        epochs=10,
        drawing_epochs=0,
        detector_epochs=0,
        learning_rate=1e-3,
        schedule="constant",
        weight_decay=0.0,
        val_share=0.1,
    ),
}


def main(config: Config) -> dict[str, float]:
    """Train, calibrate on validation images, look once at the test images, write the run folder; the metrics."""
    return run(config, load, train, make_spec)


def load(config: Config) -> Splits[LabelledPixels]:
    return first(load_mnist(config.data_dir, config.val_share), config.limit)


def train(config: Config, splits: Splits[LabelledPixels]) -> Trained[nn.Module]:
    trained = fit(make_trainer(config, splits), splits, options(config), resume=config.resume)
    if config.drawing_epochs:
        trained = tuned(trained, config, splits)
    if isinstance(trained.model, LeNet5) and config.detector_epochs:
        trained.model.detector = trained_detector(config, splits)
    return trained


def trained_detector(config: Config, splits: Splits[LabelledPixels]) -> OutlierDetector:
    torch.manual_seed(config.seed)
    detector, seed, resume = OutlierDetector(), config.seed, config.resume
    folder = config.folder / "detector"
    train_detector(detector, splits, folder, epochs=config.detector_epochs, seed=seed, resume=resume)
    if epochs := config.detector_drawing_epochs:
        folder = config.folder / "detector_drawings"
        tune_detector(detector, splits, folder, epochs=epochs, seed=seed, resume=resume)
    return detector


def tuned(trained: Trained[nn.Module], config: Config, splits: Splits[LabelledPixels]) -> Trained[nn.Module]:
    """The network after the epochs with drawings, which go on from its weights; its history is that of both."""
    shown = dataclasses.replace(splits, train=with_drawings(splits.train, config.drawings, config.seed))
    folder = config.folder / "drawings"
    folder.mkdir(exist_ok=True)
    settings = dataclasses.replace(config, epochs=config.drawing_epochs, learning_rate=config.drawing_learning_rate)
    trainer = dataclasses.replace(make_trainer(settings, shown, trained.model), folder=folder, title="with drawings")
    after = fit(trainer, shown, trained.options, resume=config.resume and trainer.is_begun)
    rows = [row | {"epoch": row["epoch"] + config.epochs} for row in after.history]
    return dataclasses.replace(after, history=[*trained.history, *rows])


def make_trainer(config: Config, splits: Splits[LabelledPixels], model: nn.Module | None = None) -> Trainer:
    """Of `model`, or of a new network."""
    # Without the detector: parameters that a loss does not reach stop a training on several devices.
    model = model or build(config.architecture, **options(dataclasses.replace(config, detector_epochs=0)))
    steps = config.epochs * -(-len(splits.train) // config.batch_size)
    optimizer = torch.optim.AdamW(model.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay)
    on_gpu = torch.cuda.is_available()
    return Trainer(
        model=model,
        optimizer=optimizer,
        schedule=make_schedule(config.schedule, optimizer, config.learning_rate, steps),
        loss=make_loss(config),
        augment=partial(distort) if config.augment else None,
        folder=config.folder,
        seed=config.seed,
        batch_size=config.batch_size,
        epochs=config.epochs,
        accelerator=Accelerator(mixed_precision="bf16" if on_gpu else "no"),
    )


def make_loss(config: Config) -> Callable[[Tensor, Tensor], Tensor]:
    return map_loss if config.architecture == "lenet5_classic" else functional.cross_entropy


def options(config: Config) -> dict[str, Any]:
    """What the network's constructor takes; enough, with the architecture, to rebuild it."""
    if config.architecture == "lenet5_classic":
        return {}
    return {
        "activation": config.activation,
        "pooling": config.pooling,
        "dropout": config.dropout,
        "has_detector": config.detector_epochs > 0,
    }


def make_spec(config: Config, model: nn.Module, splits: Splits[LabelledPixels]) -> ModelSpec:
    assert isinstance(model, LeNet5 | LeNet5Classic)  # as `config.architecture` says
    height, width, channels = splits.train.pixels.shape[1:]
    return ModelSpec(
        task="digits",
        title="LeNet-5 of 1998" if config.architecture == "lenet5_classic" else "LeNet-5",
        architecture=config.architecture,
        classes=splits.classes,
        height=height,
        width=width,
        channels=channels,
        fit="mnist",
        parameters=sum(weight.numel() for name, weight in model.named_parameters() if not name.startswith("detector")),
        training_data=training_data(config, len(splits.train)),
        data_licence="CC BY-SA 3.0",
        licence="Apache-2.0",
        limits=(
            "Reads one digit at a time. A letter or a doodle gets one of ten digits too, unless its score says it is "
            "unlike the training images.",
            "Trained on the handwriting of American census clerks and students of the 1990s.",
            "Not for documents whose misreading has consequences.",
        ),
        created=date.today().isoformat(),
        layers=describe_layers(model, splits.test.pixels[:1]),
    )


def training_data(config: Config, n: int) -> str:
    mnist = f"MNIST (LeCun, Cortes and Burges): {n:,} of its 60,000 training images"
    if not config.drawing_epochs:
        return mnist
    return f"{mnist}, and {round(config.drawings * n):,} digits drawn with a wider pen or in stroke fonts"


@torch.no_grad()
def describe_layers(model: LeNet5 | LeNet5Classic, pixels: Tensor) -> tuple[Layer, ...]:
    """One row per named activation, its shape measured on `pixels` (1, H, W, C)."""
    titles, activations = model.titles, model.feature_maps(pixels)
    modules = {name.rsplit(".", 1)[-1]: module for name, module in model.named_modules()}
    return tuple(
        Layer(
            output=name,
            title=titles[name],
            shape=tuple(activation.shape[1:]),
            parameters=sum(parameter.numel() for parameter in modules[name].parameters()),
        )
        for name, activation in activations.items()
    )
