"""Export of a network for photos of one's own, of which there may be more than memory holds."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from export.export_classifier import OOD_IMAGES, export_classifier, fitted_splits
from export.judge import BY_ACCURACY
from export.result import ExportResult, Precision
from fovea import FoveaError
from training.checkpoint import Checkpoint
from training.data import Splits
from training.data.photos import Photos
from training.data.spread import evenly, spread
from training.fine_tuning import limit
from training.recipes.folder import fingerprint, read_split

LEARNT_FROM = OOD_IMAGES  # training photos behind the score and the ranges of int8
JUDGED_BY = 5000  # validation photos, and as many test photos


class OtherPhotosError(FoveaError):
    """The photos are not those that the run trained on, so no split of them can be trusted."""


def splits(settings: Mapping[str, Any], _data_dir: Path) -> Splits[Photos]:
    """Raises OtherPhotosError where photos, labels or groups changed since, FileNotFoundError where they are gone."""
    path = Path(settings["path"])
    if not path.exists():
        raise FileNotFoundError(
            f"{path}, where the run found its photos, does not exist. Say with --path where they are."
        )
    split = read_split(path, strict=settings["strict"])
    if fingerprint(split.own) != settings["images"]:
        raise OtherPhotosError(
            f"{path} no longer holds the photos that the run trained on. Put them back, or train again."
        )
    return limit(split.splits, settings["limit"])


def export(checkpoint: Checkpoint, data_dir: Path, precision: Precision) -> ExportResult:
    """Raises ParityError where onnxruntime and torch disagree, OtherPhotosError as `splits` does."""
    fitted = fitted_splits(some_of(splits(checkpoint.config, data_dir)), checkpoint.spec)
    return export_classifier(checkpoint, fitted, data_dir, precision, BY_ACCURACY)


def some_of(splits: Splits[Photos]) -> Splits[Photos]:
    """At most LEARNT_FROM training photos, one of each class among them, and JUDGED_BY of both other parts."""
    _, first_of_class = np.unique(splits.train.labels.numpy(), return_index=True)
    others = max(0, LEARNT_FROM - len(first_of_class))  # more than LEARNT_FROM would be thinned out again
    learnt = sorted({*evenly(len(splits.train), others), *first_of_class.tolist()})
    val, test = (spread(part, JUDGED_BY) for part in (splits.val, splits.test))
    return Splits(splits.classes, splits.train.take(learnt), val, test)
