"""MNIST: 60,000 training and 10,000 test digits of LeCun, Cortes and Burges, through torchvision."""

from pathlib import Path

import torch
from torchvision.datasets import MNIST
from torchvision.datasets.utils import check_integrity

from training.data import LabelledPixels, Splits
from training.data.archives import UNREACHABLE, damaged

CLASSES = tuple(str(digit) for digit in range(10))
RAW_BYTES = {
    "train-images-idx3-ubyte": 47_040_016,
    "train-labels-idx1-ubyte": 60_008,
    "t10k-images-idx3-ubyte": 7_840_016,
    "t10k-labels-idx1-ubyte": 10_008,
}
SPLIT_SEED = 1998  # fixed for everyone, so that validation images never depend on a run's seed


def load_mnist(data_dir: Path, val_share: float) -> Splits[LabelledPixels]:
    """The published test set, and the training set less a random `val_share` of it.

    The four files in `data_dir`/MNIST/raw are used as they are; missing ones are downloaded. Raises FileNotFoundError
    where they cannot be, DamagedArchiveError where one of them is truncated or damaged.
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
    raw = data_dir / "MNIST" / "raw"
    for name, size in RAW_BYTES.items():
        if (raw / name).is_file() and (raw / name).stat().st_size != size:
            raise damaged(raw / name)
    try:
        dataset = MNIST(str(data_dir), train=train, download=True)
    except (RuntimeError, *UNREACHABLE) as error:
        for name, md5 in MNIST.resources:
            if (raw / name).is_file() and not check_integrity(str(raw / name), md5):
                raise damaged(raw / name) from error
        names = ", ".join(name for name, _ in MNIST.resources)
        raise FileNotFoundError(f"MNIST cannot be downloaded. Put {names} into {raw}.") from error
    return LabelledPixels(dataset.data.unsqueeze(-1), dataset.targets)
