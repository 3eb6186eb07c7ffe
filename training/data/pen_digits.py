"""Digits as a mouse or a finger draws them, to train with: one pen for every size, so that small ones are thick.

MNIST has few of either kind, and hardly a 1 with a flag and without a base.
"""

import math
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import distance_transform_edt
from tqdm import tqdm

from fovea.mnist import fit_mnist
from training.data import LabelledPixels
from training.data.handwriting import Drawing, Stroke, any_pen, draw
from training.data.stroke_fonts import DIGITS, TRAINING_FONTS, glyph

ENLARGED = 4  # times, so that the rim of a thicker stroke falls between pixels
THICKER_PX = (0.3, 2.8)  # all round: up to a pen as wide as 0.45 of the digit
DRAWN = 0.45  # share of the drawings that are strokes; the others are digits of MNIST with a thicker pen
FORMS = 0.6  # share of the drawn ones and sevens


def with_drawings(digits: LabelledPixels, share: float, seed: int) -> LabelledPixels:
    """`digits` of MNIST and, for each of them, a `share` of drawings."""
    random = np.random.default_rng(seed)
    n = round(share * len(digits))
    drawn = round(DRAWN * n)
    labels = [int(label) for label in random.integers(10, size=drawn)]
    strokes = [draw(_form(label, random), random, any_pen) for label in tqdm(labels, desc="drawing", leave=False)]
    chosen = random.integers(len(digits), size=n - drawn)
    thick = thicker_digits(digits.pixels[chosen, :, :, 0].numpy(), random)
    pixels = torch.from_numpy(np.stack([*strokes, *thick])).unsqueeze(-1)
    return LabelledPixels(
        torch.cat([digits.pixels, pixels]), torch.cat([digits.labels, torch.tensor(labels), digits.labels[chosen]])
    )


def thicker_digits(digits: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """Each of `digits` (N, 28, 28) with a wider pen of its own."""
    return np.stack([thicker(digit, random.uniform(*THICKER_PX)) for digit in digits])


def thicker(digit: NDArray[np.uint8], radius_px: float) -> NDArray[np.uint8]:
    """`digit` (28, 28) as a pen draws it that is `radius_px` wider all round, fitted again."""
    height, width = digit.shape
    margin = math.ceil(radius_px)
    wide = np.pad(digit, margin)
    size = (ENLARGED * (width + 2 * margin), ENLARGED * (height + 2 * margin))
    fine = np.asarray(Image.fromarray(wide).resize(size, Image.Resampling.BICUBIC))
    near: NDArray[np.bool_] = distance_transform_edt(fine < 128) <= ENLARGED * radius_px
    return fit_mnist(np.where(near, 255, fine).astype(np.uint8))


def flagged_one(random: np.random.Generator) -> list[Stroke]:
    """A flag that rises to the top of a stem without a base."""
    stem, angle = random.uniform(-0.15, 0.35), math.radians(random.uniform(30, 62))
    return _one(stem, angle, random.uniform(0.45, 1.0))


def seven(random: np.random.Generator) -> list[Stroke]:
    """What a flagged 1 must not be taken for: a level bar, now and then with a hook or a second bar."""
    width, foot = random.uniform(1.0, 1.5), random.uniform(-1.2, -0.2)
    left, right = (-width / 2, -1 + random.uniform(-0.12, 0.08)), (width / 2, -1.0)
    hook = [(left[0] - random.uniform(-0.05, 0.1), left[1] + random.uniform(0.15, 0.35))]
    line = [*(hook if random.random() < 0.25 else []), left, right, (width / 2 + foot, 1.0)]
    strokes = [np.array(line)]
    if random.random() < 0.35:
        middle, reach = width / 2 + foot / 2, random.uniform(0.25, 0.5)
        strokes.append(np.array([(middle - reach, random.uniform(-0.1, 0.2)), (middle + reach, 0.0)]))
    return strokes


def held_out_one(random: np.random.Generator) -> list[Stroke]:
    """A flagged 1 that `flagged_one` never draws: the flag is curved, and shorter, longer or another stem's."""
    stem = random.choice((random.uniform(-0.3, -0.15), random.uniform(0.35, 0.55), random.uniform(-0.1, 0.3)))
    length = random.uniform(0.35, 0.45) if random.random() < 0.5 else random.uniform(1.0, 1.15)
    return _one(stem, math.radians(random.uniform(32, 60)), length, bend=random.uniform(0.05, 0.12))


def _one(stem: float, angle: float, length: float, bend: float = 0.0) -> list[Stroke]:
    """`stem` is how far its foot lies to the left, `angle` how steep its flag is; the stem is 2 high."""
    top = np.array((stem / 2, -1.0))
    along = np.array((-math.cos(angle), math.sin(angle)))
    time = np.linspace(1, 0, 8)[:, np.newaxis]
    flag = top + length * (time * along + bend * 4 * time * (1 - time) * np.array((along[1], -along[0])))
    return [np.concatenate([flag, [(-stem / 2, 1.0)]])]


def _form(label: int, random: np.random.Generator) -> Drawing:
    if label in (1, 7) and random.random() < FORMS:
        return flagged_one if label == 1 else seven
    return partial(glyph, DIGITS[label], TRAINING_FONTS)
