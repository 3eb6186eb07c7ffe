"""Photos that look alike, found by perceptual hash."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import imagehash
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from training.data.photos import Photos

MAX_DISTANCE = 6  # bits of 64; two crops or recompressions of one photo stay below it
ROWS = 512  # of the table of distances at a time

Hashes = NDArray[np.uint64]


@dataclass(frozen=True)
class NearDuplicates:
    """How many of `n` held-out photos have a look-alike among the training photos; `pairs` are (held out, training)."""

    n: int
    pairs: tuple[tuple[str, str], ...]

    @property
    def count(self) -> int:
        return len({held_out for held_out, _ in self.pairs})


def hash_of(image: Image.Image) -> int:
    """The perceptual hash (Zauner 2010, section 3.2), 64 bits."""
    return int(str(imagehash.phash(image)), 16)


def near_duplicates(held_out: Photos, train: Photos) -> NearDuplicates:
    """Pairs whose hashes differ in at most MAX_DISTANCE bits."""
    pairs = tuple(
        (str(held_out.paths[row]), str(train.paths[column]))
        for row, column in _alike(_hashes(held_out), _hashes(train))
    )
    return NearDuplicates(len(held_out), pairs)


def alike(hashes: Sequence[int]) -> list[tuple[int, int]]:
    """Pairs of places in `hashes`, the smaller first, that differ in at most MAX_DISTANCE bits."""
    bits = np.array(hashes, np.uint64)
    return [(row, column) for row, column in _alike(bits, bits) if row < column]


def _alike(left: Hashes, right: Hashes) -> Iterator[tuple[int, int]]:
    for start in range(0, len(left), ROWS):
        distances = np.bitwise_count(left[start : start + ROWS, np.newaxis] ^ right)
        for row, column in np.argwhere(distances <= MAX_DISTANCE).tolist():
            yield start + row, column


def _hashes(photos: Photos) -> Hashes:
    with ThreadPoolExecutor() as pool:
        return np.array(list(pool.map(lambda index: hash_of(photos.photo(index)), range(len(photos)))), np.uint64)
