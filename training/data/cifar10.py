"""CIFAR-10: 50,000 training and 10,000 test images of ten kinds of objects, 32 x 32 (Krizhevsky 2009)."""

import io
import tarfile
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torchvision.datasets import CIFAR10

from training.data import LabelledPixels, Splits

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
SIDE_PX = 32
JPEG_ARCHIVE = "cifar10_jpeg.tgz"
SPLIT_SEED = 2009  # fixed for everyone, so that neither validation images nor any order depend on a run's seed

Form = Literal["original", "jpeg"]
FORMS: dict[Form, str] = {"original": "CIFAR-10", "jpeg": "CIFAR-10 as JPEG of quality 75, a little harder"}
LICENCE = "none stated; the images come from the web"


def form_at_hand(data_dir: Path) -> Form:
    """The original where it lies in `data_dir`; else the JPEG form where its archive does; else the original again."""
    is_jpeg = not (data_dir / CIFAR10.base_folder).is_dir() and (data_dir / JPEG_ARCHIVE).is_file()
    return "jpeg" if is_jpeg else "original"


def described(data_dir: Path, n: int) -> str:
    """The form that lies in `data_dir`, and how many of its training images are used, `n`; in words."""
    return f"{FORMS[form_at_hand(data_dir)]} (Krizhevsky 2009): {n:,} of its 50,000 training images"


def load_cifar10(data_dir: Path, val_share: float) -> Splits[LabelledPixels]:
    """The published test set, and the training set less a random `val_share` of it; the original is downloaded.

    Each comes in a fixed random order: the JPEG archive is sorted by class, and the first images must be of all.
    """
    parts = _read_jpegs(data_dir / JPEG_ARCHIVE) if form_at_hand(data_dir) == "jpeg" else _read_original(data_dir)
    train, test = (part.take(_order(len(part))) for part in (parts["train"], parts["test"]))
    held_out = round(len(train) * val_share)
    rest = LabelledPixels(train.pixels[held_out:], train.labels[held_out:])
    return Splits(CLASSES, rest, train.first(held_out), test)


def _order(n: int) -> Tensor:
    return torch.randperm(n, generator=torch.Generator().manual_seed(SPLIT_SEED))


def _read_original(data_dir: Path) -> dict[str, LabelledPixels]:
    parts = {}
    for name in ("train", "test"):
        dataset = CIFAR10(str(data_dir), train=name == "train", download=True)
        parts[name] = LabelledPixels(torch.from_numpy(dataset.data), torch.tensor(dataset.targets))
    return parts


def _read_jpegs(archive: Path) -> dict[str, LabelledPixels]:
    """`cifar10/PART/CLASS/NNNN.jpg`, in the order of their names."""
    found: dict[str, list[tuple[str, int, np.ndarray]]] = {"train": [], "test": []}
    with tarfile.open(archive) as contents:
        for member in contents:
            file = contents.extractfile(member) if member.name.endswith(".jpg") else None
            if file is None:
                continue
            _, part, name, _ = member.name.split("/")
            with Image.open(io.BytesIO(file.read())) as image:
                found[part].append((member.name, CLASSES.index(name), np.array(image)))
    parts = {}
    for part, rows in found.items():
        rows.sort(key=lambda row: row[0])
        pixels = torch.from_numpy(np.stack([pixels for _, _, pixels in rows]))
        parts[part] = LabelledPixels(pixels, torch.tensor([label for _, label, _ in rows]))
    return parts
