"""Photos that look alike, found by perceptual hash."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import faiss
import imagehash
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from training.data.photos import Photos

MAX_DISTANCE = 6  # bits of 64; two crops or recompressions of one photo stay below it

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
        for row, column in _pairs(_hashes(held_out), _hashes(train)).tolist()
    )
    return NearDuplicates(len(held_out), pairs)


def alike(hashes: Sequence[int]) -> NDArray[np.int64]:
    """Pairs of places in `hashes`, (P, 2), the smaller first, that differ in at most MAX_DISTANCE bits.

    Of equal hashes the first stands for all and is paired with each: a thousand frames of one scene are a thousand
    pairs and no million.
    """
    values, first, number = np.unique(np.array(hashes, np.uint64), return_index=True, return_inverse=True)
    places = np.arange(len(number))
    equal = np.stack([first[number], places], axis=1)[first[number] != places]
    found = _pairs(values, values)
    other = np.sort(first[found[found[:, 0] < found[:, 1]]], axis=1)
    pairs = np.concatenate([equal, other]).astype(np.int64)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]


def _pairs(left: Hashes, right: Hashes) -> NDArray[np.int64]:
    """Rows of `left` and `right` that are alike, in order: a table of all distances would grow with their product.

    Six changed bits leave one of four parts of 16 bits with at most one changed (Norouzi et al. 2012, "Fast search in
    Hamming space with multi-index hashing").
    """
    index = faiss.IndexBinaryMultiHash(64, 4, 16)
    index.nflip = 1
    index.add(_bytes(right))
    limits, _, columns = index.range_search(_bytes(left), MAX_DISTANCE + 1)
    found_each = np.asarray(limits[1:] - limits[:-1], dtype=np.int64)
    rows = np.repeat(np.arange(len(left)), found_each)
    pairs = np.stack([rows, columns], axis=1)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]


def _bytes(hashes: Hashes) -> NDArray[np.uint8]:
    return hashes.view(np.uint8).reshape(-1, 8)


def _hashes(photos: Photos) -> Hashes:
    with ThreadPoolExecutor() as pool:
        return np.array(list(pool.map(lambda index: hash_of(photos.photo(index)), range(len(photos)))), np.uint64)
