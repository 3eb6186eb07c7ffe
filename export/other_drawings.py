"""What is no digit, and digits that MNIST's writers did not write, to judge a digit file by. None were trained on."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from export.export_classifier import fitted
from fovea import ModelSpec
from training.data import LabelledPixels
from training.data.digit_forms import form
from training.data.handwriting import Stroke, draw
from training.data.handwriting_fonts import drawn
from training.data.not_digits import SHARES, held_out_sources, not_digits
from training.data.outside import outside_sets
from training.data.pen_digits import held_out_one
from training.data.stroke_fonts import DIGITS, LETTERS

IMAGES = 1000
SEED = 2026
PEN = 22 / 210  # of space/canvas.js, for a digit that takes three quarters of the height of its 280 pixels
SIZES = {"full": 1.0, "half": 0.5, "quarter": 0.25}

Drawings = dict[str, NDArray[np.uint8]]
"""sets by name, each (N, 28, 28, 1)"""


def other_drawings(spec: ModelSpec, test_digits: NDArray[np.uint8], data_dir: Path) -> Drawings:
    """1,000 drawings of each kind, letters of handwriting fonts, photos and noise; only sets that are on disk.

    `test_digits` (N, 28, 28) are those that stand side by side.
    """
    random = np.random.default_rng(SEED)
    sources = held_out_sources(test_digits)
    sets: Drawings = {kind: not_digits(kind, IMAGES, sources, random) for kind in SHARES}
    sets["letters of handwriting fonts"] = drawn(LETTERS)
    sets["noise"] = random.integers(0, 256, (IMAGES, spec.height, spec.width), dtype=np.uint8)
    drawings = {name: pixels[..., np.newaxis] for name, pixels in sets.items() if len(pixels)}
    photos = outside_sets(data_dir, IMAGES, without=spec.task)
    return drawings | {name: fitted(images, spec) for name, images in photos.items()}


def other_digits() -> dict[str, LabelledPixels]:
    """1,000 digits by the app's pen in each size, as many flagged 1s, and the digits of handwriting fonts on disk."""
    random = np.random.default_rng(SEED)
    sets = {f"digits drawn at {name} size": _by_hand(form, size, random) for name, size in SIZES.items()}
    sets |= {
        f"flagged 1s drawn at {name} size": _by_hand(lambda _, random: held_out_one(random), size, random, only=1)
        for name, size in SIZES.items()
    }
    fonts = drawn(DIGITS)
    if len(fonts):
        sets["digits of handwriting fonts"] = _labelled(fonts, np.arange(len(fonts)) % len(DIGITS))
    return sets


def _by_hand(
    written: Callable[[int, np.random.Generator], list[Stroke]],
    size: float,
    random: np.random.Generator,
    only: int | None = None,
) -> LabelledPixels:
    labels = random.integers(10, size=IMAGES) if only is None else np.full(IMAGES, only)
    pen = PEN / size
    drawings = [draw(partial(written, int(label)), random, lambda _: pen) for label in labels]
    return _labelled(np.stack(drawings), labels)


def _labelled(pixels: NDArray[np.uint8], labels: NDArray[np.int64]) -> LabelledPixels:
    return LabelledPixels(torch.from_numpy(pixels).unsqueeze(-1), torch.from_numpy(labels))
