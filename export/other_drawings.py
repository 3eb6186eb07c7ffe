"""What is no digit, to judge a digit file's score by. Nothing in it was trained on."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from export.export_classifier import fitted
from fovea import ModelSpec
from training.data.handwriting_fonts import drawn
from training.data.not_digits import SHARES, drawn_digits, held_out_sources, not_digits
from training.data.outside import outside_sets
from training.data.stroke_fonts import DIGITS, LETTERS

IMAGES = 1000
SEED = 2026

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


def other_digits(test_digits: NDArray[np.uint8]) -> Drawings:
    """Digits that MNIST's writers did not write: a good score lets them pass."""
    random = np.random.default_rng(SEED)
    sets: Drawings = {
        "digits of stroke fonts": drawn_digits(IMAGES, held_out_sources(test_digits), random),
        "digits of handwriting fonts": drawn(DIGITS),
    }
    return {name: pixels[..., np.newaxis] for name, pixels in sets.items() if len(pixels)}
