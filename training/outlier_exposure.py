"""Training of the detector beside LeNet-5: digits against drawings of other things."""

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
from training.data.not_digits import SHARES, Digits, drawn_digits, not_digits, training_sources
from training.loop import Trainer
from training.models.outlier_detector import DIGIT, NO_DIGIT
from training.report import History
from training.schedule import make_schedule

LEARNING_RATE, WEIGHT_DECAY, BATCH_SIZE = 3e-3, 1e-3, 256
OTHERS, DRAWN = 0.7, 0.25  # drawings of other things, and digits drawn with the same pen, for each digit of MNIST


def train_detector(
    detector: nn.Module, splits: Splits[LabelledPixels], folder: Path, *, epochs: int, seed: int, resume: bool
) -> History:
    """Train `detector` in place; `folder` keeps its state."""
    folder.mkdir(exist_ok=True)
    train, val = exposed(splits.train, seed, "drawings"), exposed(splits.val, seed + 1, "validation drawings")
    optimizer = torch.optim.AdamW(detector.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    trainer = Trainer(
        model=detector,
        optimizer=optimizer,
        schedule=make_schedule("one-cycle", optimizer, LEARNING_RATE, epochs * -(-len(train) // BATCH_SIZE)),
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


def exposed(digits: LabelledPixels, seed: int, title: str) -> LabelledPixels:
    """The digits, and drawings of the training sources, labelled DIGIT and NO_DIGIT."""
    random = np.random.default_rng(seed)
    sources = training_sources(digits.pixels[:, :, :, 0].numpy())
    parts = [(DIGIT, digits.pixels)]
    kinds = [(kind, math.ceil(OTHERS * share * len(digits))) for kind, share in SHARES.items()]
    for kind, n in tqdm(kinds, desc=title, unit=" kinds", leave=False):
        parts.append((NO_DIGIT, _pixels(not_digits(kind, n, sources, random))))
    parts.append((DIGIT, _pixels(drawn_digits(math.ceil(DRAWN * len(digits)), sources, random))))
    labels = [torch.full((len(pixels),), label) for label, pixels in parts]
    return LabelledPixels(torch.cat([pixels for _, pixels in parts]), torch.cat(labels))


def _pixels(drawings: Digits) -> Tensor:
    return torch.from_numpy(drawings).unsqueeze(-1)


def _augment(pixels: Tensor) -> Tensor:
    return distort(vary_thickness(pixels))
