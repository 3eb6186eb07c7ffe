"""Objects: Inception-v3 by transfer from ImageNet to CIFAR-10.

The network takes the 32 x 32 pixels that GoogLeNet takes, and enlarges them itself, as its first layer. It ends at
Mixed_6e: the stages behind would leave a grid of 2 x 2, too coarse for a heatmap. The new head and the stages from
Mixed_6a on learn. What is in front is computed once for each image and view, and kept on disk.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from fovea import Fit, ModelSpec, SettingError
from training.data import Splits
from training.data.cifar10 import LICENCE, SIDE_PX, described, load_cifar10
from training.data.pictures import Pictures, in_memory
from training.fine_tuning import TransferConfig, fine_tune, limit
from training.models import TRANSFER
from training.models.transfer_net import TransferNet
from training.phases import discussion
from training.recipes.objects import LIMITS
from training.report import History
from training.run import Trained, run
from training.views import SmallViews


@dataclass(frozen=True)
class Config(TransferConfig):
    """Settings of one run; the defaults are those of the shipped model."""

    size: int = SIDE_PX
    """height and width of the network's input: those of the data"""
    enlarge_to: int = 128
    """height and width that the backbone sees, in pixels"""
    fit: Fit = "crop"
    shift_px: int = 4
    """largest shift of an augmented view, which is also mirrored at random"""
    views: int = 1
    """augmented views of each image, one an epoch in turn (0: train on the plain images)"""
    last_stage: str | None = "Mixed_6e"
    """cut the backbone behind this stage (None: where the weights end)"""
    head_epochs: int = 0
    """epochs of the head alone, on the frozen backbone"""
    tune_from: str | None = "Mixed_6a"
    """first stage that fine-tuning trains (None: the backbone's own)"""
    tune_epochs: int = 3
    """epochs of fine-tuning (0: leave the backbone as it is)"""
    tune_learning_rate: float = 3e-4
    batch_size: int = 64
    val_share: float = 0.1
    """share of the 50,000 training images held out for validation"""

    @property
    def folder(self) -> Path:
        return self.runs_dir / "objects" / self.name

    def make_views(self) -> SmallViews:
        return SmallViews(self.size, self.size, self.fit, self.shift_px)

    def network_options(self) -> dict[str, Any]:
        return super().network_options() | {"enlarge_to": self.enlarge_to}


DEFAULT = Config()
PRESETS: dict[str, Config] = {}


def main(config: Config) -> dict[str, float]:
    """Train head, then last stages; calibrate, look once at the test images, write the run folder; the metrics."""
    if config.size != SIDE_PX:
        raise SettingError(
            f"The size is {config.size}. Choose {SIDE_PX}, the size of CIFAR-10, and enlarge with enlarge_to."
        )

    def notes(_: Splits[Pictures], history: History) -> list[str]:
        return discussion(history, has_head=config.head_epochs > 0, tune_from=config.tune_from)

    return run(config, load, train, make_spec, notes)


def load(config: Config) -> Splits[Pictures]:
    return limit(in_memory(load_cifar10(config.data_dir, config.val_share, strict=config.strict)), config.limit)


def train(config: Config, splits: Splits[Pictures]) -> Trained[TransferNet]:
    return fine_tune(config, splits, lambda pictures: pictures.examples)


def make_spec(config: Config, net: TransferNet, splits: Splits[Pictures]) -> ModelSpec:
    return ModelSpec(
        task="objects",
        title=f"{config.backbone} to {net.last_stage}, enlarging to {config.enlarge_to} pixels",
        architecture=TRANSFER + config.backbone,
        classes=splits.classes,
        height=config.size,
        width=config.size,
        channels=splits.train.channels,
        fit=config.fit,
        parameters=sum(parameter.numel() for parameter in net.parameters()),
        training_data=f"{described(config.data_dir, len(splits.train))}, and ImageNet for the backbone",
        data_licence=LICENCE,
        licence="Apache-2.0",
        limits=LIMITS,
        created=date.today().isoformat(),
    )
