"""Photos that look alike across splits, found by perceptual hash."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import imagehash
import numpy as np
from numpy.typing import NDArray

from training.data.photos import Photos

MAX_DISTANCE = 6  # bits of 64; two crops or recompressions of one photo stay below it


@dataclass(frozen=True)
class NearDuplicates:
    """How many of `n` held-out photos have a look-alike among the training photos; `pairs` are (held out, training)."""

    n: int
    pairs: tuple[tuple[str, str], ...]

    @property
    def count(self) -> int:
        return len({held_out for held_out, _ in self.pairs})


def near_duplicates(held_out: Photos, train: Photos) -> NearDuplicates:
    """Pairs whose 64-bit perceptual hashes (Zauner 2010, section 3.2) differ in at most MAX_DISTANCE bits."""
    left, right = _hashes(held_out), _hashes(train)
    distances = (left[:, None, :] != right[None, :, :]).sum(axis=2)
    pairs = tuple(
        (str(held_out.paths[row]), str(train.paths[column]))
        for row, column in zip(*np.nonzero(distances <= MAX_DISTANCE), strict=True)
    )
    return NearDuplicates(len(held_out), pairs)


def _hashes(photos: Photos) -> NDArray[np.bool_]:
    """(N, 64) bits."""
    with ThreadPoolExecutor() as pool:
        bits = pool.map(lambda index: imagehash.phash(photos.photo(index)).hash.reshape(-1), range(len(photos)))
        return np.stack(list(bits))
