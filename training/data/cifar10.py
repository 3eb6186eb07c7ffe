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
from torchvision.datasets.utils import check_integrity

from fovea.listing import all_of
from training.data import LabelledPixels, Splits
from training.data.archives import UNREACHABLE, damaged, named_if_damaged
from training.data.classes import MissingClassError, missing_classes
from training.data.left_out import leave_out

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
SIDE_PX = 32
JPEG_ARCHIVE = "cifar10_jpeg.tgz"
SPLIT_SEED = 2009  # fixed for everyone, so that neither validation images nor any order depend on a run's seed

Form = Literal["original", "jpeg"]
FORMS: dict[Form, str] = {"original": "CIFAR-10", "jpeg": "CIFAR-10 as JPEG of quality 75, a little harder"}
LICENCE = "none stated, as the images come from the web"


def form_at_hand(data_dir: Path) -> Form:
    """The original where it lies in `data_dir`; else the JPEG form where its archive does; else the original again."""
    is_jpeg = not (data_dir / CIFAR10.base_folder).is_dir() and (data_dir / JPEG_ARCHIVE).is_file()
    return "jpeg" if is_jpeg else "original"


def described(data_dir: Path, n: int) -> str:
    """The form that lies in `data_dir`, and how many of its training images are used, `n`; in words."""
    return f"{FORMS[form_at_hand(data_dir)]} (Krizhevsky 2009): {n:,} of its 50,000 training images"


def load_cifar10(data_dir: Path, val_share: float, *, strict: bool = False) -> Splits[LabelledPixels]:
    """The published test set, and the training set less a random `val_share` of it; the original is downloaded.

    Each comes in a fixed random order: the JPEG archive is sorted by class, and the first images must be of all. What
    cannot be read in its class folders is named on standard error and left out.

    Raises:
        FileNotFoundError: the original cannot be downloaded.
        DamagedArchiveError: an archive is truncated or damaged.
        DamagedPhotoError: an entry of the JPEG archive cannot be read, if `strict`.
        MissingClassError: the JPEG archive has no image of a class in one of its parts.
    """
    is_jpeg = form_at_hand(data_dir) == "jpeg"
    parts = _read_jpegs(data_dir / JPEG_ARCHIVE, strict=strict) if is_jpeg else _read_original(data_dir)
    train, test = (part.take(_order(len(part))) for part in (parts["train"], parts["test"]))
    held_out = round(len(train) * val_share)
    rest = LabelledPixels(train.pixels[held_out:], train.labels[held_out:])
    return Splits(CLASSES, rest, train.first(held_out), test)


def _order(n: int) -> Tensor:
    return torch.randperm(n, generator=torch.Generator().manual_seed(SPLIT_SEED))


def _read_original(data_dir: Path) -> dict[str, LabelledPixels]:
    parts = {}
    for name in ("train", "test"):
        try:
            dataset = CIFAR10(str(data_dir), train=name == "train", download=True)
        except (RuntimeError, *UNREACHABLE) as error:
            archive = data_dir / CIFAR10.filename
            if archive.is_file() and not check_integrity(str(archive), CIFAR10.tgz_md5):
                raise damaged(archive) from error
            raise FileNotFoundError(
                f"{CIFAR10.url} cannot be downloaded. Put {archive.name} or {JPEG_ARCHIVE} into {data_dir}."
            ) from error
        parts[name] = LabelledPixels(torch.from_numpy(dataset.data), torch.tensor(dataset.targets))
    return parts


def _read_jpegs(archive: Path, *, strict: bool) -> dict[str, LabelledPixels]:
    """`cifar10/PART/CLASS/NNNN.jpg`, in the order of their names."""
    found: dict[str, list[tuple[str, int, np.ndarray]]] = {"train": [], "test": []}
    skipped = []
    with named_if_damaged(archive), tarfile.open(archive) as contents:
        for member in contents:
            _, part, name, file = (["", "", "", "", *member.name.split("/")])[-4:]
            if member.isdir() or file.startswith(".") or part not in found:
                continue
            stream = contents.extractfile(member) if member.isfile() else None
            pixels = _pixels(stream.read() if stream else b"") if name in CLASSES else f"There is no class {name}."
            if isinstance(pixels, str):
                skipped.append(f"{archive}: {member.name}: {pixels}")
            else:
                found[part].append((member.name, CLASSES.index(name), pixels))
    leave_out(skipped, sum(map(len, found.values())) + len(skipped), "images", strict=strict)
    return {part: _joined(rows, part, archive) for part, rows in found.items()}


def _pixels(content: bytes) -> np.ndarray | str:
    """uint8 (32, 32, 3), else what is wrong with the file."""
    try:
        with Image.open(io.BytesIO(content)) as image:
            pixels = np.array(image)
    except (OSError, SyntaxError, ValueError):
        return "The image is truncated or damaged."
    if pixels.shape != (SIDE_PX, SIDE_PX, 3):
        return f"The image is not {SIDE_PX} x {SIDE_PX} pixels in colour."
    return pixels


def _joined(rows: list[tuple[str, int, np.ndarray]], part: str, archive: Path) -> LabelledPixels:
    rows.sort(key=lambda row: row[0])
    labels = torch.tensor([label for _, label, _ in rows], dtype=torch.long)
    missing = missing_classes(labels, CLASSES)
    if missing:
        raise MissingClassError(
            f"{archive} has no image of {all_of(missing)} in its part {part}. Put a whole one there."
        )
    return LabelledPixels(torch.from_numpy(np.stack([pixels for _, _, pixels in rows])), labels)
