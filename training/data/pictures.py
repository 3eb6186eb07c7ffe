"""Small pictures in memory, with what views and the prefix cache ask of photos."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self

import torch
from PIL import Image
from torch import Tensor

from training.data import LabelledPixels, Splits


@dataclass(frozen=True)
class Pictures:
    """`pixels` uint8 (N, H, W, C), `labels` int64 (N,), and `digests`, the sha256 of each picture's pixels."""

    pixels: Tensor
    labels: Tensor
    digests: tuple[bytes, ...]

    @classmethod
    def of(cls, examples: LabelledPixels) -> Self:
        digests = (hashlib.sha256(picture.numpy().tobytes()).digest() for picture in examples.pixels)
        return cls(examples.pixels, examples.labels, tuple(digests))

    @property
    def channels(self) -> Literal[1, 3]:
        return 1 if self.pixels.shape[3] == 1 else 3

    @property
    def examples(self) -> LabelledPixels:
        return LabelledPixels(self.pixels, self.labels)

    def __len__(self) -> int:
        return len(self.labels)

    def photo(self, index: int) -> Image.Image:
        """Grey or RGB."""
        pixels = self.pixels[index].numpy()
        return Image.fromarray(pixels[:, :, 0] if self.channels == 1 else pixels)

    def take(self, indices: Sequence[int]) -> Self:
        chosen = torch.tensor(indices, dtype=torch.long)
        return type(self)(self.pixels[chosen], self.labels[chosen], tuple(self.digests[index] for index in indices))


def in_memory(splits: Splits[LabelledPixels]) -> Splits[Pictures]:
    return Splits(splits.classes, *(Pictures.of(part) for part in (splits.train, splits.val, splits.test)))


def examples(splits: Splits[Pictures]) -> Splits[LabelledPixels]:
    return Splits(splits.classes, splits.train.examples, splits.val.examples, splits.test.examples)
