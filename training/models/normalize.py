"""The first layer of every network: pixels in, a normalised tensor out, so that the constants travel in the file."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class Normalize(nn.Module):
    """(N, H, W, C) pixels in 0..255, uint8 or float, to (N, C, H, W) float32: (pixels / 255 - mean) / std.

    `mean` and `std` are per channel, on the 0..1 scale. They are buffers: frozen, exported, never trained.
    """

    def __init__(self, mean: Sequence[float], std: Sequence[float]) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean, dtype=torch.float32).view(1, -1, 1, 1))
        self.register_buffer("std", torch.tensor(std, dtype=torch.float32).view(1, -1, 1, 1))

    def forward(self, pixels: Tensor) -> Tensor:
        x = pixels.permute(0, 3, 1, 2).float() / 255
        return (x - self.mean) / self.std
