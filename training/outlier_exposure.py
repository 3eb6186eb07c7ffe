"""Training of the detector beside LeNet-5: digits against drawings of other things, large ones and then of any size."""

import math
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from training.augment import distort, vary_thickness
from training.data import LabelledPixels, Splits
from training.data.handwriting import Pen, any_pen, large_pen
from training.data.not_digits import SHARES, Digits, drawn_digits, not_digits, training_sources
from training.data.pen_digits import thicker_digits
from training.loop import Trainer
from training.models.outlier_detector import DIGIT, NO_DIGIT
from training.report import History
from training.schedule import make_schedule

LEARNING_RATE, TUNING_RATE, WEIGHT_DECAY, BATCH_SIZE = 3e-3, 1e-3, 1e-3, 256
# For each digit of MNIST: drawings of other things, digits drawn with the same pen, and its own with a wider pen.
OTHERS, DRAWN, THICKER = 0.7, 0.25, 0.1
EVERY_SIZE = 20_000  # digits of MNIST that are shown with drawings of every size


def train_detector(
    detector: nn.Module, splits: Splits[LabelledPixels], folder: Path, *, epochs: int, seed: int, resume: bool
) -> History:
    """Train `detector` in place on large drawings; `folder` keeps its state."""
    shown = exposed(splits.train, seed, "drawings"), exposed(splits.val, seed + 1, "validation drawings")
    return _train(detector, shown, folder, LEARNING_RATE, epochs=epochs, seed=seed, resume=resume)


def tune_detector(
    detector: nn.Module, splits: Splits[LabelledPixels], folder: Path, *, epochs: int, seed: int, resume: bool
) -> History:
    """Go on from its weights on drawings of every size."""
    train = exposed(splits.train.first(EVERY_SIZE), seed, "drawings of every size", any_pen)
    val = exposed(splits.val, seed + 1, "validation drawings", any_pen)
    return _train(detector, (train, val), folder, TUNING_RATE, epochs=epochs, seed=seed, resume=resume)


def _train(
    detector: nn.Module,
    shown: tuple[LabelledPixels, LabelledPixels],
    folder: Path,
    learning_rate: float,
    *,
    epochs: int,
    seed: int,
    resume: bool,
) -> History:
    folder.mkdir(exist_ok=True)
    train, val = shown
    optimizer = torch.optim.AdamW(detector.parameters(), lr=learning_rate, weight_decay=WEIGHT_DECAY)
    trainer = Trainer(
        model=detector,
        optimizer=optimizer,
        schedule=make_schedule("one-cycle", optimizer, learning_rate, epochs * -(-len(train) // BATCH_SIZE)),
        loss=functional.cross_entropy,
        augment=_augment,
        folder=folder,
        seed=seed,
        batch_size=BATCH_SIZE,
        epochs=epochs,
        accelerator=Accelerator(),
        title="detector",
    )
    history = trainer.fit(train, val, resume=resume and trainer.is_begun).history
    trainer.accelerator.unwrap_model(trainer.model).cpu()
    return history


def exposed(digits: LabelledPixels, seed: int, title: str, pen: Pen = large_pen) -> LabelledPixels:
    """The digits, and drawings of the training sources, labelled DIGIT and NO_DIGIT; wider digits for other pens."""
    random = np.random.default_rng(seed)
    sources = training_sources(digits.pixels[:, :, :, 0].numpy(), pen)
    parts = [(DIGIT, digits.pixels)]
    kinds = [(kind, math.ceil(OTHERS * share * len(digits))) for kind, share in SHARES.items()]
    for kind, n in tqdm(kinds, desc=title, unit=" kinds", leave=False):
        parts.append((NO_DIGIT, _pixels(not_digits(kind, n, sources, random))))
    parts.append((DIGIT, _pixels(drawn_digits(math.ceil(DRAWN * len(digits)), sources, random))))
    if pen is not large_pen:
        wider = sources.digits[random.integers(len(digits), size=math.ceil(THICKER * len(digits)))]
        parts.append((DIGIT, _pixels(thicker_digits(wider, random))))
    labels = [torch.full((len(pixels),), label) for label, pixels in parts]
    return LabelledPixels(torch.cat([pixels for _, pixels in parts]), torch.cat(labels))


def _pixels(drawings: Digits) -> Tensor:
    return torch.from_numpy(drawings).unsqueeze(-1)


def _augment(pixels: Tensor) -> Tensor:
    return distort(vary_thickness(pixels))
