"""Photos of your own: class folders, or a CSV file, and a pretrained backbone that learns to name them.

A report on the photos comes first. Settings that you do not give follow from how many photos there are, and how large.
"""

import dataclasses
import hashlib
import re
import time
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

import tyro

from fovea import ModelSpec, SettingError
from fovea.listing import all_of
from training.data import Splits
from training.data.left_out import leave_out
from training.data.own_photos import OwnPhotos, list_photos, read_own_photos
from training.data.own_split import OwnSplit, require_sides
from training.data.photos import Photos
from training.data.spread import evenly
from training.fine_tuning import TransferConfig, fine_tune, limit
from training.frozen_features import embeddings
from training.label_doubts import label_doubts
from training.models import TRANSFER
from training.models.transfer_net import TransferNet
from training.phases import discussion
from training.photo_defaults import settings_for
from training.photo_report import REPORT, write_photo_report
from training.prefix_cache import uncached
from training.report import History
from training.run import Trained, run
from training.run_lock import is_first_process
from training.tasks import FOLDER, is_taken
from training.views import PhotoViews


@dataclass(frozen=True)
class Config(TransferConfig):
    """Settings of one run."""

    path: tyro.conf.Positional[Path | None] = None
    """a folder of class folders, or a CSV file with the columns file, label and, if photos belong together, group"""
    min_area: float = 0.4
    """smallest share of the photo that an augmented view shows"""
    licence: str = "not stated"
    """licence of the photos, for the model card"""
    name: str = ""
    """the name of the run and of its model file (default: that of the photos' folder)"""
    images: tyro.conf.Suppress[str] = ""
    """sha256 of the photos with their labels and groups, which the run fills in"""

    @property
    def folder(self) -> Path:
        return self.runs_dir / FOLDER / self.name

    @property
    def trains_batch_norm(self) -> bool:
        return self.weights == "none"

    def make_views(self) -> PhotoViews:
        return PhotoViews(self.size, self.size, self.fit, self.min_area)


MOST_DOUBTED = 10_000  # photos whose labels a classifier looks at: its time and memory grow with them
DEFAULT = Config()
PRESETS: dict[str, Config] = {}


def default_for(config: Config) -> Config:
    """The defaults for the photos that `config` names. Raises SettingError where it names none."""
    path = _path(config).resolve()
    paths = [one.path for one in list_photos(_path(config))]
    name = re.sub(r"[^\w.-]+", "_", path.name if path.is_dir() else path.stem)
    return dataclasses.replace(DEFAULT, name=name, **settings_for(paths, config.backbone, config.weights))


def main(config: Config) -> dict[str, float]:
    """Report on the photos, train, calibrate, look once at the test photos, write the run folder; the metrics."""
    started = time.monotonic()
    if is_taken(config.name):
        raise SettingError(f"--name is {config.name!r}, a name that a task's own model has. Choose another one.")
    split = read_split(_path(config), strict=config.strict)
    require_sides(split)
    config = dataclasses.replace(config, images=fingerprint(split.own))

    def load(config: Config) -> Splits[Photos]:
        return limit(split.splits, config.limit)

    def train(config: Config, splits: Splits[Photos]) -> Trained[TransferNet]:
        if is_first_process():
            report(config, split)
        return fine_tune(config, splits, partial(uncached, views=config.make_views()))

    def notes(_: Splits[Photos], history: History) -> list[str]:
        said = discussion(history, has_head=config.head_epochs > 0, tune_from=config.tune_from)
        return [*said, f"[What is to know of the photos]({REPORT})."]

    return run(config, load, train, make_spec, notes, started)


def read_split(path: Path, *, strict: bool) -> OwnSplit:
    """The photos, read and split; what cannot be read is named, or an error if `strict`."""
    listed = list_photos(path)
    own = read_own_photos(listed, path)
    leave_out(own.left_out, len(own.photos) + len(own.left_out), "files", strict=strict)
    return OwnSplit(own)


def fingerprint(own: OwnPhotos) -> str:
    """What tells these photos, labels and groups from others."""
    content = hashlib.sha256(repr((own.classes, own.groups, own.photos.labels.tolist())).encode())
    content.update(b"".join(own.photos.digests))
    return content.hexdigest()


def report(config: Config, split: OwnSplit) -> None:
    """Write it, and print its sentences."""
    places = evenly(len(split.own.photos), MOST_DOUBTED)
    sample, groups = split.own.photos.take(places), [split.groups[place] for place in places]
    doubts = label_doubts(embeddings(config, sample), sample.labels.numpy(), groups).at(places)
    print("\n".join(write_photo_report(config.folder, split, config.size, doubts)))
    print(f"With pictures: {config.folder / REPORT}", flush=True)


def make_spec(config: Config, net: TransferNet, splits: Splits[Photos]) -> ModelSpec:
    source = "random weights" if config.weights == "none" else "the backbone on ImageNet"
    return ModelSpec(
        task=config.name,
        title=f"{config.backbone} to {net.last_stage}",
        architecture=TRANSFER + config.backbone,
        classes=splits.classes,
        height=config.size,
        width=config.size,
        channels=3,
        fit=config.fit,
        parameters=sum(parameter.numel() for parameter in net.parameters()),
        training_data=f"{config.name} (photos of one's own): {len(splits.train):,} photos, {source}",
        data_licence=config.licence,
        licence=config.licence,
        limits=(
            f"Knows {all_of(splits.classes)}. A photo of anything else gets one of these names too, unless its score "
            "says that it is unlike the training photos.",
            f"Trained on {len(splits.train):,} photos. Photos that were taken otherwise may be answered worse than "
            "the test photos.",
        ),
        created=date.today().isoformat(),
    )


def _path(config: Config) -> Path:
    if config.path is None:
        raise SettingError("Name your photos, a folder of class folders or a CSV file: python -m training folder PATH.")
    return config.path
