"""Objects: GoogLeNet on CIFAR-10 from scratch, with both auxiliary classifiers.

The defaults give the shipped model, for processors: half the paper's width, on a grid of 16 x 16. PRESETS hold the
paper's width on the full grid, for a GPU.
"""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from fovea import ModelSpec
from training.augment import crop_and_flip, cut_out
from training.data import LabelledPixels, Splits, first
from training.data.cifar10 import LICENCE, described, load_cifar10
from training.loop import Trainer
from training.models import build
from training.models.googlenet import deep_supervision
from training.models.whitening import whiten
from training.precision import Precision, make_accelerator
from training.run import Trained, fit, run
from training.schedule import make_schedule


@dataclass(frozen=True)
class Config:
    """Settings of one run; the defaults are those of the shipped model."""

    width: float = 0.5
    """width of every layer, as a share of the paper's"""
    stem_stride: int = 2
    """stride of the first layer (2: a quarter of the work of 1, and less accurate)"""
    dropout: float = 0.4
    auxiliary: bool = True
    """train with the two auxiliary classifiers"""
    epochs: int = 32
    batch_size: int = 256
    learning_rate: float = 0.4
    """peak learning rate of SGD with Nesterov momentum"""
    momentum: float = 0.9
    weight_decay: float = 5e-4
    label_smoothing: float = 0.1
    padding_px: int = 4
    """largest random shift of a training image, also mirrored at random (0: train on the plain images)"""
    cut_out_px: int = 8
    """side of a grey square that hides a part of each training image (0: none)"""
    whitening: bool = True
    """whiten the image's patches in a frozen first layer"""
    mirrored: bool = True
    """answer by the mean of the image and its mirror image, at twice the work"""
    averaging: float = 0.998
    """decay, per step, of the average of the weights that is kept (0: keep the last weights)"""
    precision: Precision = "auto"
    """precision of training (auto: bfloat16 where the device computes in it)"""
    val_share: float = 0.1
    """share of the 50,000 training images held out for validation"""
    seed: int = 0
    limit: int | None = None
    """use only the first N images of each split (for a quick try)"""
    min_accuracy: float = 0.0
    """fail unless the test accuracy reaches this"""
    strict: bool = False
    """stop at an image that cannot be read, instead of leaving it out"""
    data_dir: Path = Path("data")
    runs_dir: Path = Path("runs")
    name: str = "googlenet"
    """the run's folder is RUNS_DIR/objects/NAME"""
    resume: bool = False
    """continue the run of this name"""

    @property
    def folder(self) -> Path:
        return self.runs_dir / "objects" / self.name


DEFAULT = Config()
PRESETS = {
    "full-width": dataclasses.replace(DEFAULT, name="full-width", width=1.0, stem_stride=1, epochs=100),
}

WHITENING_IMAGES = 5000

LIMITS = (
    "Knows ten kinds of objects and animals. A photo of anything else gets one of them too, unless its score says it "
    "is unlike the training images.",
    "Sees every image at 32 x 32 pixels: the thing must fill the picture.",
    "Not for decisions about people or traffic.",
)


def main(config: Config) -> dict[str, float]:
    """Train, calibrate on validation images, look once at the test images, write the run folder; the metrics."""
    return run(config, load, train, make_spec)


def load(config: Config) -> Splits[LabelledPixels]:
    return first(load_cifar10(config.data_dir, config.val_share, strict=config.strict), config.limit)


def train(config: Config, splits: Splits[LabelledPixels]) -> Trained[nn.Module]:
    trainer = make_trainer(config, len(splits.train))
    if config.whitening:
        whiten_stem(trainer.model, splits.train.pixels[:WHITENING_IMAGES])
    trained = fit(trainer, splits, options(config), resume=config.resume)
    answering = build("googlenet", **options(config))
    answering.load_state_dict(trained.model.state_dict())
    return dataclasses.replace(trained, model=answering)


def whiten_stem(model: nn.Module, pixels: Tensor) -> None:
    """Set the frozen first layer of a network that has one, from training images."""
    layer = model.get_submodule("stem.white")
    assert isinstance(layer, nn.Conv2d)
    whiten(layer, model.get_submodule("normalize")(pixels))


def make_trainer(config: Config, n: int) -> Trainer:
    model = build("googlenet", **options(config) | {"mirrored": False})  # epochs are judged by half the work
    steps = config.epochs * -(-n // config.batch_size)
    optimizer = torch.optim.SGD(
        grouped(model, config.weight_decay), lr=config.learning_rate, momentum=config.momentum, nesterov=True
    )
    return Trainer(
        model=model,
        optimizer=optimizer,
        schedule=make_schedule("one-cycle", optimizer, config.learning_rate, steps),
        loss=partial(deep_supervision, label_smoothing=config.label_smoothing),
        augment=make_augment(config),
        folder=config.folder,
        seed=config.seed,
        batch_size=config.batch_size,
        epochs=config.epochs,
        accelerator=make_accelerator(config.precision),
        averaging=config.averaging,
    )


def make_augment(config: Config) -> Callable[[Tensor], Tensor] | None:
    """None where nothing is to change."""
    changes: list[Callable[[Tensor], Tensor]] = []
    if config.padding_px:
        changes.append(partial(crop_and_flip, padding_px=config.padding_px))
    if config.cut_out_px:
        changes.append(partial(cut_out, side_px=config.cut_out_px))
    if not changes:
        return None

    def augment(pixels: Tensor) -> Tensor:
        for change in changes:
            pixels = change(pixels)
        return pixels

    return augment


def grouped(model: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Weights decay; biases and batch norm's scales, which have one axis, do not."""
    decayed = [parameter for parameter in model.parameters() if parameter.ndim > 1]
    rest = [parameter for parameter in model.parameters() if parameter.ndim <= 1]
    return [{"params": decayed, "weight_decay": weight_decay}, {"params": rest, "weight_decay": 0.0}]


def options(config: Config) -> dict[str, Any]:
    """What the network's constructor takes; enough, with the architecture, to rebuild it."""
    return {
        "form": "cifar",
        "num_classes": 10,
        "width": config.width,
        "stem_stride": config.stem_stride,
        "dropout": config.dropout,
        "has_auxiliary": config.auxiliary,
        "whitening": config.whitening,
        "mirrored": config.mirrored,
    }


def make_spec(config: Config, model: nn.Module, splits: Splits[LabelledPixels]) -> ModelSpec:
    height, width, channels = splits.train.pixels.shape[1:]
    served = sum(weight.numel() for name, weight in model.named_parameters() if not name.startswith("auxiliary"))
    return ModelSpec(
        task="objects",
        title="GoogLeNet" if config.width == 1 else f"GoogLeNet, {config.width:g} of its width",
        architecture="googlenet",
        classes=splits.classes,
        height=height,
        width=width,
        channels=channels,
        fit="crop",
        parameters=served,
        training_data=described(config.data_dir, len(splits.train)),
        data_licence=LICENCE,
        licence="Apache-2.0",
        limits=LIMITS,
        created=date.today().isoformat(),
    )
