"""Export of the chest X-ray network."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from export.export_classifier import export_classifier, fitted_splits
from export.int8_trial import Judge
from export.result import ExportResult, Precision
from fovea import ModelSpec
from training.auroc import macro_auroc
from training.checkpoint import Checkpoint
from training.data import LabelledPixels, Splits
from training.data.chest_xray import CLASSES, grouped_folds, load_films, split_off_test
from training.data.photos import Photos
from training.data.spread import spread

JUDGE = Judge("macro AUC", macro_auroc, max_loss=0.002, kept_share=0.98)


def splits(settings: Mapping[str, Any], data_dir: Path) -> Splits[Photos]:
    """The network's own training films, its validation fold and the fixed test fold are those of the recipe."""
    limit = settings["limit"]
    rest, test = (spread(films, limit) for films in split_off_test(load_films(data_dir)))
    train, val = grouped_folds(rest, settings["folds"])[0]
    return Splits(CLASSES, rest.take(train).photos, rest.take(val).photos, test.photos)


def pixels(settings: Mapping[str, Any], spec: ModelSpec, data_dir: Path) -> Splits[LabelledPixels]:
    return fitted_splits(splits(settings, data_dir), spec)


def export(checkpoint: Checkpoint, data_dir: Path, precision: Precision) -> ExportResult:
    """Raises ParityError where onnxruntime and torch disagree."""
    fitted = pixels(checkpoint.config, checkpoint.spec, data_dir)
    return export_classifier(checkpoint, fitted, data_dir, precision, JUDGE)
