"""Export of a network for photos of one's own."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from export.export_classifier import export_classifier, fitted_splits
from export.judge import BY_ACCURACY
from export.result import ExportResult, Precision
from fovea import FoveaError
from training.checkpoint import Checkpoint
from training.data import Splits
from training.data.photos import Photos
from training.fine_tuning import limit
from training.recipes.folder import fingerprint, read_split


class OtherPhotosError(FoveaError):
    """The photos are not those that the run trained on, so no split of them can be trusted."""


def splits(settings: Mapping[str, Any], _data_dir: Path) -> Splits[Photos]:
    """Raises OtherPhotosError where photos, labels or groups changed since."""
    path = Path(settings["path"])
    split = read_split(path, strict=settings["strict"])
    if fingerprint(split.own) != settings["images"]:
        raise OtherPhotosError(
            f"{path} no longer holds the photos that the run trained on. Put them back, or train again."
        )
    return limit(split.splits, settings["limit"])


def export(checkpoint: Checkpoint, data_dir: Path, precision: Precision) -> ExportResult:
    """Raises ParityError where onnxruntime and torch disagree, OtherPhotosError as `splits` does."""
    fitted = fitted_splits(splits(checkpoint.config, data_dir), checkpoint.spec)
    return export_classifier(checkpoint, fitted, data_dir, precision, BY_ACCURACY)
