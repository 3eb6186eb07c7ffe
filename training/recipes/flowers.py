"""Flowers by transfer learning: a pretrained backbone, first frozen under a new head, then its last stages fine-tuned.

The defaults give the shipped model. PRESETS hold the reference recipe, VGG16 with a flat head of 256 units.
"""

import dataclasses
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

from fovea import ModelSpec
from training.data import Splits
from training.data.flowers import load_flowers
from training.data.near_duplicates import MAX_DISTANCE, near_duplicates
from training.data.photos import Photos
from training.fine_tuning import TransferConfig, fine_tune, limit
from training.models import TRANSFER
from training.models.transfer_net import TransferNet
from training.phases import discussion
from training.prefix_cache import uncached
from training.report import History
from training.run import Trained, run
from training.views import PhotoViews


@dataclass(frozen=True)
class Config(TransferConfig):
    """Settings of one run; the defaults are those of the shipped model."""

    min_area: float = 0.4
    """smallest share of the photo that an augmented view shows"""
    tune_epochs: int = 16

    @property
    def folder(self) -> Path:
        return self.runs_dir / "flowers" / self.name

    def make_views(self) -> PhotoViews:
        return PhotoViews(self.size, self.size, self.fit, self.min_area)


DEFAULT = Config()
PRESETS = {
    "vgg16-reference": dataclasses.replace(
        DEFAULT,
        name="vgg16-reference",
        backbone="vgg16",
        size=224,
        head="flat",
        hidden=256,
        dropout=0.5,
        label_smoothing=0.0,
        views=0,
        head_epochs=10,
        head_learning_rate=1e-4,
        tune_from="block5",
        tune_epochs=5,
        tune_learning_rate=1e-5,
        schedule="constant",
        weight_decay=0.0,
    ),
}


def main(config: Config) -> dict[str, float]:
    """Train head, then last stages; calibrate, look once at the test photos, write the run folder; the metrics."""

    def notes(splits: Splits[Photos], history: History) -> list[str]:
        said = discussion(history, has_head=config.head_epochs > 0, tune_from=config.tune_from)
        return [*said, *look_alikes(splits)]

    return run(config, load, train, make_spec, notes)


def load(config: Config) -> Splits[Photos]:
    return limit(load_flowers(config.data_dir, strict=config.strict), config.limit)


def train(config: Config, splits: Splits[Photos]) -> Trained[TransferNet]:
    return fine_tune(config, splits, partial(uncached, views=config.make_views()))


def look_alikes(splits: Splits[Photos]) -> list[str]:
    """The report's sentence on photos that stand in two splits."""
    found = near_duplicates(splits.test, splits.train)
    names = ", ".join(sorted({Path(path).name for path, _ in found.pairs}))
    sentence = (
        f"{found.count} of {found.n} test photos have a near-duplicate among the training photos "
        f"(perceptual hash, at most {MAX_DISTANCE} of 64 bits apart)"
    )
    return [f"{sentence}: {names}." if names else f"{sentence}."]


def make_spec(config: Config, net: TransferNet, splits: Splits[Photos]) -> ModelSpec:
    return ModelSpec(
        task="flowers",
        title=f"{config.backbone} to {net.last_stage}",
        architecture=TRANSFER + config.backbone,
        classes=splits.classes,
        height=config.size,
        width=config.size,
        channels=3,
        fit=config.fit,
        parameters=sum(parameter.numel() for parameter in net.parameters()),
        training_data=f"flower_photos (The TensorFlow Team, 2019): {len(splits.train):,} of its photos, "
        "and ImageNet for the backbone",
        data_licence="CC BY, each photo by its author",
        licence="Apache-2.0",
        limits=(
            "Knows five flowers. A photo of anything else gets one of them too, unless its score says it is unlike "
            "the training photos.",
            "Trained on Flickr photos, mostly close views of open blossoms in daylight.",
            "Not for telling edible plants from poisonous ones.",
        ),
        created=date.today().isoformat(),
    )
