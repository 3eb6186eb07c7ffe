"""A small part of a data set that still holds all of its classes and sources."""

from collections.abc import Sequence
from typing import Protocol, Self, TypeVar


class Images(Protocol):
    """Photos, or films with what is known of them."""

    def __len__(self) -> int: ...

    def take(self, indices: Sequence[int]) -> Self: ...


Set = TypeVar("Set", bound=Images)


def spread(images: Set, n: int | None) -> Set:
    """`n` of the images at even distances, as files are ordered by class and source; all with None."""
    if n is None:
        return images
    return images.take(evenly(len(images), n))


def evenly(total: int, n: int) -> list[int]:
    """At most `n` of the places 0 to `total` - 1, at even distances."""
    count = min(n, total)
    return [index * total // count for index in range(count)]
