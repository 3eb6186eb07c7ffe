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
    count = min(n, len(images))
    return images.take([index * len(images) // count for index in range(count)])
