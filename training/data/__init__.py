"""One data set per file, each giving `Splits` of pixels and labels."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class LabelledPixels:
    """`pixels` uint8 (N, H, W, C), `labels` int64 (N,)."""

    pixels: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def first(self, n: int) -> "LabelledPixels":
        return LabelledPixels(self.pixels[:n], self.labels[:n])

    def to(self, device: torch.device) -> "LabelledPixels":
        return LabelledPixels(self.pixels.to(device), self.labels.to(device))


@dataclass(frozen=True)
class Splits:
    """`train` to learn from, `val` to choose by, `test` for the report alone."""

    classes: tuple[str, ...]
    train: LabelledPixels
    val: LabelledPixels
    test: LabelledPixels
