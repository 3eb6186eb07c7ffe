"""Data sets with an image of every class."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from torch import Tensor

from fovea import FoveaError
from fovea.listing import all_of
from training.data import Splits


class MissingClassError(FoveaError):
    """A class, or a whole split, has no image."""


class Labelled(Protocol):
    """Any set of images with their classes; `labels` is int64 (N,)."""

    @property
    def labels(self) -> Tensor: ...

    def __len__(self) -> int: ...


Data = TypeVar("Data", bound=Labelled)


def missing_classes(labels: Tensor, classes: Sequence[str]) -> list[str]:
    """Those that no label names."""
    counts = labels.bincount(minlength=len(classes)).tolist()
    return [name for name, count in zip(classes, counts, strict=True) if count == 0]


def require_images(splits: Splits[Data]) -> None:
    """Raises MissingClassError where a split is empty, or the training split lacks a class: it could not be learnt."""
    for name, part in (("training", splits.train), ("validation", splits.val), ("test", splits.test)):
        if len(part) == 0:
            raise MissingClassError(f"The {name} split has no images. Add images, or raise --limit where it is set.")
    missing = missing_classes(splits.train.labels, splits.classes)
    if missing:
        raise MissingClassError(
            f"The training split has no image of {all_of(missing)}. Add some, or raise --limit where it is set."
        )
