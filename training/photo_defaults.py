"""Settings for photos that nobody tuned for: from how many they are and how large they are."""

import math
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from PIL import Image

from training.models.backbones import build_backbone

LOOKED_AT = 100  # photos whose headers are read
LEARNT_SHARE = 0.7  # of the photos: the rest is held out
# sides of a network's input by the photos' own: what a network enlarges much further tells it no more
SIDES = ((64, 128), (160, 192))
STEPS, MIN_EPOCHS, MAX_EPOCHS = 400, 12, 60  # of a phase that starts afresh
ENOUGH_TO_TUNE = 100  # training photos: with fewer, `training.experiments.training_sizes` has frozen features ahead
MANY = 10_000


def settings_for(paths: Sequence[Path], backbone: str, weights: str) -> dict[str, Any]:
    """Of a TransferConfig, those that depend on the photos in these files and on the network."""
    learnt = max(1, round(LEARNT_SHARE * len(paths)))
    batch_size = 32 if learnt >= 200 else 16
    fresh_epochs = min(MAX_EPOCHS, max(MIN_EPOCHS, math.ceil(STEPS * batch_size / learnt)))
    side = _side(paths, 299 if backbone == "inception_v3" else 224)
    if weights == "none":
        return _from_scratch(backbone, min(side, 128), fresh_epochs) | {"batch_size": batch_size}
    tune_epochs = 0 if learnt < ENOUGH_TO_TUNE else 8 if learnt < MANY else 3
    return {
        "batch_size": batch_size,
        "size": side,
        "head_epochs": fresh_epochs,
        "tune_epochs": tune_epochs,
        "views": tune_epochs,
    }


def _from_scratch(backbone: str, side: int, epochs: int) -> dict[str, Any]:
    """No head on features that mean nothing, but all of a network that is small enough for few photos."""
    return {
        "size": side,
        "last_stage": "Mixed_5b" if backbone == "inception_v3" else None,
        "head_epochs": 0,
        "tune_from": next(iter(build_backbone(backbone).stages)),
        "tune_epochs": epochs,
        "tune_learning_rate": 3e-3,
        "dropout": 0.2,
    }


def _side(paths: Sequence[Path], largest: int) -> int:
    """The input's side in pixels, `largest` for photos of usual size."""
    sizes = [_shorter_side(path) for path in paths[:: max(1, len(paths) // LOOKED_AT)]]
    known = [size for size in sizes if size is not None]
    shorter = median(known) if known else largest
    return min([largest, *(side for limit, side in SIDES if shorter <= limit)])


def _shorter_side(path: Path) -> int | None:
    """By the file's header; None where it has none, which the reading of the photos will say."""
    try:
        if not path.is_file():  # opening a pipe would never end
            return None
        with Image.open(path) as image:
            return min(image.size)
    except (OSError, ValueError, Image.DecompressionBombError):
        return None
