"""Export of the chest X-ray network."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from export.export_classifier import export_classifier, fitted_splits
from export.judge import Judge
from export.result import ExportResult, Precision
from fovea import ModelSpec
from training.auroc import macro_auroc
from training.checkpoint import Checkpoint
from training.data import LabelledPixels, Splits
from training.data.chest_xray import CLASSES, choice_of, chosen_films, grouped_folds, judged, split_off_test
from training.data.photos import Photos
from training.data.spread import spread

JUDGE = Judge("macro AUC", macro_auroc, max_loss=0.002, kept_share=0.98)


def splits(settings: Mapping[str, Any], data_dir: Path) -> Splits[Photos]:
    """The network's own training films, its validation fold and the fixed test fold are those of the recipe."""
    limit, choice = settings["limit"], choice_of(settings)
    rest, test = split_off_test(chosen_films(data_dir, choice))
    rest, test = spread(rest, limit), spread(judged(test, choice), limit)
    train, val = grouped_folds(rest, settings["folds"])[0]
    return Splits(CLASSES, rest.take(train).photos, judged(rest.take(val), choice).photos, test.photos)


def pixels(settings: Mapping[str, Any], spec: ModelSpec, data_dir: Path) -> Splits[LabelledPixels]:
    return fitted_splits(splits(settings, data_dir), spec)


def export(checkpoint: Checkpoint, data_dir: Path, precision: Precision) -> ExportResult:
    """Raises ParityError where onnxruntime and torch disagree."""
    fitted = pixels(checkpoint.config, checkpoint.spec, data_dir)
    return export_classifier(checkpoint, fitted, data_dir, precision, JUDGE)
