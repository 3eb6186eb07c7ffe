"""One data set per file, each giving `Splits`."""

import hashlib
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import torch
from torch import Tensor


class Examples(Protocol):
    """What the loop trains on: `labels` int64 (N,), and the network's inputs for any of them in any epoch."""

    @property
    def labels(self) -> Tensor: ...

    @property
    def digest(self) -> bytes:
        """The sha256 of all images and labels, in their order."""
        ...

    def __len__(self) -> int: ...

    def inputs(self, indices: Tensor, epoch: int) -> Tensor: ...

    def to(self, device: torch.device) -> "Examples": ...


@dataclass(frozen=True)
class LabelledPixels:
    """`pixels` uint8 (N, H, W, C), `labels` int64 (N,)."""

    pixels: Tensor
    labels: Tensor

    @property
    def digest(self) -> bytes:
        content = hashlib.sha256(self.pixels.cpu().contiguous().numpy().data)
        content.update(self.labels.cpu().numpy().tobytes())
        return content.digest()

    def __len__(self) -> int:
        return len(self.labels)

    def inputs(self, indices: Tensor, epoch: int) -> Tensor:  # noqa: ARG002 - the same in every epoch
        return self.pixels[indices]

    def first(self, n: int) -> "LabelledPixels":
        return LabelledPixels(self.pixels[:n], self.labels[:n])

    def take(self, indices: Tensor) -> "LabelledPixels":
        return LabelledPixels(self.pixels[indices], self.labels[indices])

    def to(self, device: torch.device) -> "LabelledPixels":
        return LabelledPixels(self.pixels.to(device), self.labels.to(device))


Data = TypeVar("Data")


@dataclass(frozen=True)
class Splits(Generic[Data]):
    """`train` to learn from, `val` to choose by, `test` for the report alone."""

    classes: tuple[str, ...]
    train: Data
    val: Data
    test: Data


def first(splits: Splits[LabelledPixels], n: int | None) -> Splits[LabelledPixels]:
    """The first `n` images of each split, all with None."""
    if n is None:
        return splits
    return Splits(splits.classes, splits.train.first(n), splits.val.first(n), splits.test.first(n))
