"""The stored values of a film as levels: what depends on a value alone is computed for each level, not for each pixel.

A film has millions of pixels and at most 65,536 levels.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Entry = TypeVar("Entry", bound=np.generic)
BLOCK = 1 << 16  # pixels at a time, so that their places in a table stay in the processor's cache


@dataclass(frozen=True)
class Levels:
    """`pixels` (H, W) are contiguous whole numbers of 8 or 16 bits, at least one."""

    pixels: NDArray[Any]

    @cached_property
    def values(self) -> NDArray[np.int32]:
        """Every whole number from the least pixel to the greatest, in order."""
        return np.arange(int(self.pixels.min()), int(self.pixels.max()) + 1, dtype=np.int32)

    @cached_property
    def counts(self) -> NDArray[np.intp]:
        """How many pixels have each of `values`."""
        return self.counts_where(None)

    def counts_where(self, is_counted: NDArray[np.bool_] | None) -> NDArray[np.intp]:
        """How many of the pixels (H, W) that are counted have each of `values`; all are for None."""
        counts = np.zeros(len(self.values), dtype=np.intp)
        for start in range(0, self.pixels.size, 4 * BLOCK):
            places = self._places(start, 4 * BLOCK)
            if is_counted is not None:
                places = places[is_counted.reshape(-1)[start : start + 4 * BLOCK]]
            counts += np.bincount(places, minlength=len(counts))
        return counts

    def spread(self, table: NDArray[Entry]) -> NDArray[Entry]:
        """(H, W) where each pixel has the entry of `table`, which holds one for each of `values`."""
        entries = np.empty(self.pixels.size, dtype=table.dtype)
        for start in range(0, entries.size, BLOCK):
            np.take(table, self._places(start, BLOCK), out=entries[start : start + BLOCK], mode="clip")
        return entries.reshape(self.pixels.shape)

    def _places(self, start: int, count: int) -> NDArray[np.intp]:
        places = self.pixels.reshape(-1)[start : start + count].astype(np.intp)
        places -= self.values[0]
        return places
