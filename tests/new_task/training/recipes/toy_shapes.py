"""Toy shapes: one epoch of a head on a ResNet-18 that never saw anything."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from fovea import ModelSpec
from training.data import Splits
from training.data.photos import Photos
from training.data.toy_shapes import SIDE_PX, load_toy_shapes
from training.fine_tuning import TransferConfig, fine_tune
from training.models import TRANSFER
from training.models.transfer_net import TransferNet
from training.prefix_cache import uncached
from training.run import Trained, run
from training.views import PhotoViews


@dataclass(frozen=True)
class Config(TransferConfig):
    """Settings of one run."""

    backbone: str = "resnet18"
    weights: str = "none"
    size: int = SIDE_PX
    views: int = 0
    head_epochs: int = 1
    tune_epochs: int = 0
    name: str = "resnet18"

    @property
    def folder(self) -> Path:
        return self.runs_dir / "toy_shapes" / self.name

    def make_views(self) -> PhotoViews:
        return PhotoViews(self.size, self.size, self.fit)


DEFAULT = Config()
PRESETS: dict[str, Config] = {}


def main(config: Config) -> dict[str, float]:
    return run(config, load, train, make_spec)


def load(config: Config) -> Splits[Photos]:
    return load_toy_shapes(config.data_dir)


def train(config: Config, splits: Splits[Photos]) -> Trained[TransferNet]:
    return fine_tune(config, splits, partial(uncached, views=config.make_views()))


def make_spec(config: Config, net: TransferNet, splits: Splits[Photos]) -> ModelSpec:
    return ModelSpec(
        task="toy_shapes",
        title="ResNet-18 for toys",
        architecture=TRANSFER + config.backbone,
        classes=splits.classes,
        height=config.size,
        width=config.size,
        channels=3,
        fit=config.fit,
        parameters=sum(parameter.numel() for parameter in net.parameters()),
        training_data=f"Toy shapes (drawn): {len(splits.train)} pictures",
        data_licence="Apache-2.0",
        licence="Apache-2.0",
        limits=("Knows discs and squares, and hardly those.",),
        created="2026-01-01",
    )
