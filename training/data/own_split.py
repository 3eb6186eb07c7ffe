"""The split of one's own photos: by class and group, and photos that look alike stay on one side."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from fovea import FoveaError
from fovea.listing import all_of
from training.data import Splits
from training.data.near_duplicates import alike
from training.data.own_photos import OwnPhotos
from training.data.photos import Photos

Side = Literal["train", "val", "test"]
HELD_OUT: tuple[tuple[Side, float], ...] = (("test", 0.15), ("val", 0.15))  # shares of each class
NAMES = {"test": "the test", "val": "validation"}
MIN_GROUPS = 3  # of a class that is to be on every side


@dataclass(frozen=True)
class OwnSplit:
    """Which photo is on which side; the same for the same photos, wherever they lie."""

    own: OwnPhotos

    @cached_property
    def look_alikes(self) -> NDArray[np.int64]:
        """Pairs of photos, (P, 2)."""
        return alike([look.hash for look in self.own.looks])

    @cached_property
    def groups(self) -> list[str]:
        """Of each photo: its own group, joined with those of its look-alikes."""
        return joined(self.own.groups, self.look_alikes)

    @cached_property
    def sides(self) -> list[Side]:
        """Of each photo."""
        return sides(self.own.photos.labels.tolist(), self.groups)

    @property
    def splits(self) -> Splits[Photos]:
        return Splits(self.own.classes, self._on("train"), self._on("val"), self._on("test"))

    def _on(self, side: Side) -> Photos:
        return self.own.photos.take([index for index, one in enumerate(self.sides) if one == side])


class SplitError(FoveaError):
    """The photos cannot be split so that each part of them has some."""


def require_sides(split: OwnSplit) -> None:
    """Raises SplitError where no photo is left for validation or the test."""
    empty = [NAMES[side] for side, _ in HELD_OUT if side not in split.sides]
    if not empty:
        return
    largest = Counter(split.groups).most_common(1)[0][1]
    joined_by = (
        f"Look-alikes and the column group join photos, {largest:,} of {len(split.groups):,} into one group, and a "
        "group stays on one side. "
    )
    raise SplitError(
        f"No photo is left for {all_of(empty)}. {joined_by if largest > 1 else ''}Add photos until a class has "
        f"{MIN_GROUPS} that do not belong together."
    )


def joined(groups: Sequence[str], pairs: NDArray[np.int64]) -> list[str]:
    """The groups after those of each of the `pairs` (P, 2) became one; it has the first of their names."""
    names, number = np.unique(np.array(groups, dtype=object), return_inverse=True)
    edges = number[pairs[:, 0]], number[pairs[:, 1]]
    graph = coo_array((np.ones(len(pairs), dtype=bool), edges), shape=(len(names), len(names)))
    _, together = connected_components(graph, directed=False)
    _, first, place = np.unique(together[number], return_index=True, return_inverse=True)
    return [groups[index] for index in first[place].tolist()]


def sides(labels: Sequence[int], groups: Sequence[str]) -> list[Side]:
    """The side of each photo. No group is on two sides, and a class of MIN_GROUPS groups is on all three.

    A group of several classes counts for its most frequent one. Within a class the order of groups is that of the
    sha1 of their names; each side takes groups up to its share of the photos, and at least one.
    """
    size = Counter(groups)
    votes = Counter(zip(groups, labels, strict=True))
    label_of: dict[str, int] = {}
    for (group, label), _ in votes.most_common():
        label_of.setdefault(group, label)
    side_of: dict[str, Side] = {}
    for label in sorted(set(labels)):
        left = sorted((group for group in size if label_of[group] == label), key=_order)
        photos = sum(size[group] for group in left)
        if len(left) >= MIN_GROUPS:
            for side, share in HELD_OUT:
                chosen = _filled(left, size, share * photos)
                side_of |= dict.fromkeys(chosen, side)
                left = [group for group in left if group not in side_of]
        side_of |= dict.fromkeys(left, "train")
    return [side_of[group] for group in groups]


def _filled(groups: Sequence[str], size: Counter[str], wanted: float) -> list[str]:
    """Groups in turn, as many as come to `wanted` photos, rounded; the smallest where even that is too large."""
    chosen: list[str] = []
    taken = 0
    for group in groups:
        if taken + size[group] <= max(1, round(wanted)):
            chosen.append(group)
            taken += size[group]
    return chosen or [min(groups, key=lambda group: size[group])]


def _order(group: str) -> str:
    return hashlib.sha1(group.encode()).hexdigest()
