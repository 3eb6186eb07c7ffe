"""MNIST: 60,000 training and 10,000 test digits of LeCun, Cortes and Burges, through torchvision."""

from pathlib import Path

import torch
from torchvision.datasets import MNIST

from training.data import LabelledPixels, Splits

CLASSES = tuple(str(digit) for digit in range(10))
SPLIT_SEED = 1998  # fixed for everyone, so that validation images never depend on a run's seed


def load_mnist(data_dir: Path, val_share: float) -> Splits[LabelledPixels]:
    """The published test set, and the training set less a random `val_share` of it.

    The four files in `data_dir`/MNIST/raw are used as they are; missing ones are downloaded.
    """
    train = _read(data_dir, train=True)
    order = torch.randperm(len(train), generator=torch.Generator().manual_seed(SPLIT_SEED))
    held_out = round(len(train) * val_share)
    val, rest = order[:held_out], order[held_out:]
    return Splits(
        classes=CLASSES,
        train=train.take(rest),
        val=train.take(val),
        test=_read(data_dir, train=False),
    )


def _read(data_dir: Path, train: bool) -> LabelledPixels:
    dataset = MNIST(str(data_dir), train=train, download=True)
    return LabelledPixels(dataset.data.unsqueeze(-1), dataset.targets)
