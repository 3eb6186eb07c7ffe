"""Chest films with what is known of each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from training.data.chest_xray_labels import AS_PUBLISHED, LABELS, Certainty, Label
from training.data.photos import Photos

ARCHIVES = ("chest_xray", "chest_xray_more")  # for training, in the order that names groups
FILM_PX = 224  # the side of every film of ours, to which larger ones are brought


@dataclass(frozen=True)
class Film:
    """What is known of one film: `patient` is a group that must stay together, `published` its publisher's label."""

    patient: str
    source: str
    age: str = "unknown"
    view: str = "unknown"
    findings: tuple[str, ...] = ()
    certainty: Certainty = Certainty.PUBLISHED
    reason: str = AS_PUBLISHED
    published: str = ""


@dataclass(frozen=True)
class Films:
    """`photos`, whose labels count through LABELS, and `known` of each of them."""

    photos: Photos
    known: tuple[Film, ...]

    def __len__(self) -> int:
        return len(self.photos)

    def take(self, indices: Sequence[int]) -> "Films":
        return Films(self.photos.take(indices), tuple(self.known[index] for index in indices))

    def joined(self, other: "Films") -> "Films":
        return Films(self.photos.joined(other.photos), self.known + other.known)

    def relabelled(self, labels: NDArray[np.int64]) -> "Films":
        """The same films with other labels (N,)."""
        return Films(replace(self.photos, labels=torch.from_numpy(labels)), self.known)

    def where(self, **allowed: Sequence[str]) -> "Films":
        """Those whose `sources`, `ages`, `views` or `labels` (names) are among the given ones."""
        return self.take(self.indices(**allowed))

    def indices(self, **allowed: Sequence[str]) -> list[int]:
        """Of those that `where` gives."""
        named = {key: getattr(self, key) for key in allowed}
        return [i for i in range(len(self)) if all(named[key][i] in allowed[key] for key in allowed)]

    @property
    def patients(self) -> tuple[str, ...]:
        return tuple(film.patient for film in self.known)

    @property
    def sources(self) -> tuple[str, ...]:
        return tuple(film.source for film in self.known)

    @property
    def ages(self) -> tuple[str, ...]:
        return tuple(film.age for film in self.known)

    @property
    def views(self) -> tuple[str, ...]:
        return tuple(film.view for film in self.known)

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(LABELS[label] for label in self.photos.labels.tolist())

    @property
    def is_unread(self) -> tuple[bool, ...]:
        """Of each film, whether its label names a disease that no radiologist was asked to see on it."""
        pairs = zip(self.labels, self.known, strict=True)
        return tuple(Label(name, film.certainty, film.reason).is_unread for name, film in pairs)

    @property
    def archives(self) -> tuple[str, ...]:
        """The folder of the set that each film lies in."""
        return tuple(path.parents[1].name for path in self.photos.paths)

    @property
    def names(self) -> tuple[str, ...]:
        """Folder and file name of each film, as boxes and stored outputs name it."""
        return tuple(f"{path.parent.name}/{path.name}" for path in self.photos.paths)

    @property
    def cells(self) -> list[tuple[str, str]]:
        """Class and source of each film."""
        return list(zip(self.labels, self.sources, strict=True))
