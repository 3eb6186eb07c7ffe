"""Images of other kinds than a task's own, for judging an out-of-distribution score; only sets that are on disk."""

import io
import tarfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from PIL import Image

from training.data.archives import named_if_damaged
from training.data.cifar10 import JPEG_ARCHIVE
from training.data.mnist import load_mnist

ImageSets = dict[str, list[Image.Image]]


def outside_sets(data_dir: Path, n: int, *, without: str) -> ImageSets:
    """Up to `n` images of each set found in `data_dir`, evenly spread over it; without the own set of a task.

    `cifar10` is the test part of cifar10_jpeg.tgz (JPEG, quality 75), `chest_xray` the films of chest_xray.tgz,
    `flowers` the photos of flower_photos.tgz, `mnist` the test digits.
    """
    sets = {}
    for name, task, archive, part in (
        ("cifar10", "objects", JPEG_ARCHIVE, "cifar10/test/"),
        ("chest_xray", "chest_xray", "chest_xray.tgz", "chest_xray/"),
        ("flowers", "flowers", "flower_photos.tgz", "flower_photos/"),
    ):
        if task != without and (data_dir / archive).is_file():
            sets[name] = list(_from_archive(data_dir / archive, part, n))
    if without != "digits" and (data_dir / "MNIST").is_dir():
        pixels = load_mnist(data_dir, val_share=0).test.pixels[:n, :, :, 0].numpy()
        sets["mnist"] = [Image.fromarray(digit) for digit in pixels]
    return sets


def exposed_and_judged(data_dir: Path, n: int, *, without: str) -> tuple[ImageSets, ImageSets]:
    """The same sets in two halves of up to `n` images: one to learn from, one to judge by."""
    sets = outside_sets(data_dir, 2 * n, without=without)
    return {name: images[::2] for name, images in sets.items()}, {name: images[1::2] for name, images in sets.items()}


def _from_archive(archive: Path, part: str, n: int) -> Iterator[Image.Image]:
    with named_if_damaged(archive), tarfile.open(archive) as contents:
        members = [m for m in contents.getmembers() if m.name.startswith(part) and m.name.endswith((".jpg", ".jpeg"))]
        members.sort(key=lambda member: member.name)
        step = max(1, len(members) // n)
        chosen = {member.name for member in islice(members, 0, None, step)}
        for member in sorted((m for m in members if m.name in chosen), key=lambda m: m.offset)[:n]:
            file = contents.extractfile(member)
            assert file is not None
            yield Image.open(io.BytesIO(file.read()))
