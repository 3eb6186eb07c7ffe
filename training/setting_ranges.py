"""What each number among the settings may be, whatever the recipe: asked before anything is read or written."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fovea import SettingError


@dataclass(frozen=True)
class Range:
    """From `low` to `high`, each of which belongs to it unless it is `above` and `below` them."""

    low: float
    high: float = math.inf
    above: bool = False
    below: bool = False

    def __contains__(self, value: float) -> bool:
        is_high_enough = value > self.low if self.above else value >= self.low
        is_low_enough = value < self.high if self.below else value <= self.high
        return math.isfinite(value) and is_high_enough and is_low_enough

    def __str__(self) -> str:
        low = f"{'above' if self.above else 'at least'} {self.low:g}"
        if self.high == math.inf:
            return low if not self.above else f"a number {low}"
        return f"a number that is {low} and {'below' if self.below else 'at most'} {self.high:g}"


COUNT, COUNT_OR_NONE = Range(1), Range(0)
RATE, SHARE = Range(0, above=True), Range(0, 1)
PART = Range(0, 1, below=True)
MAX_SEED = 2**63 - 1

RANGES: Mapping[str, Range] = {
    **dict.fromkeys(("epochs", "batch_size", "stem_stride", "limit"), COUNT),
    **dict.fromkeys(("head_epochs", "tune_epochs", "detector_epochs", "views", "head_views"), COUNT_OR_NONE),
    "train_folds": COUNT_OR_NONE,
    **dict.fromkeys(("drawing_epochs", "detector_drawing_epochs"), COUNT_OR_NONE),
    **dict.fromkeys(("hidden", "padding_px", "cut_out_px", "shift_px"), COUNT_OR_NONE),
    **dict.fromkeys(("learning_rate", "head_learning_rate", "tune_learning_rate", "width"), RATE),
    **dict.fromkeys(("weight_decay", "photometric", "cache_gb", "drawings"), Range(0)),
    **dict.fromkeys(("dropout", "label_smoothing", "momentum", "averaging"), PART),
    **dict.fromkeys(("min_accuracy", "balance"), SHARE),
    "drawing_learning_rate": RATE,
    "size": Range(8),
    "enlarge_to": Range(8),
    "folds": Range(2),
    "val_share": Range(0, 1, above=True, below=True),
    "min_area": Range(0, 1, above=True),
    "film_border": Range(0, 0.5, below=True),
    "seed": Range(0, MAX_SEED),
}
PHASES = ("head_epochs", "tune_epochs")


def require_in_range(settings: Mapping[str, Any]) -> None:
    """Raises SettingError at the first setting that no run can have; None, where it is a default, is allowed."""
    for name, allowed in RANGES.items():
        value = settings.get(name)
        if value is not None and value not in allowed:
            raise SettingError(f"{option(name)} is {value}. Choose {allowed}.")
    if all(settings.get(name) == 0 for name in PHASES):
        raise SettingError("--head-epochs and --tune-epochs are both 0. Choose at least 1 for one of them.")
    name = str(settings.get("name", ""))
    if not name or name.startswith((".", "-")) or any(letter in "/\\\0" or letter.isspace() for letter in name):
        raise SettingError(f"--name is {name!r}. Choose the name of a folder, without slashes or spaces.")


def option(name: str) -> str:
    return f"--{name.replace('_', '-')}"
