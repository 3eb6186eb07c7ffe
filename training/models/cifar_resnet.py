"""Plain and residual nets for 32 x 32 images, He et al. 2015, "Deep Residual Learning", section 4.2: 6n + 2 layers.

The pairs have the same layers; the residual form adds shortcuts without parameters (option A), so that nothing but the
shortcut differs.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.models.normalize import CIFAR_MEAN, CIFAR_STD, Normalize

WIDTHS = (16, 32, 64)


def blocks_of(depth: int) -> int:
    """How many blocks of two convolutions each stage has, n of 6n + 2."""
    if depth < 8 or (depth - 2) % 6:
        raise ValueError(f"The depth is {depth}. Choose 6n + 2: 8, 14, 20 and so on.")
    return (depth - 2) // 6


class Block(nn.Module):
    """Two 3 x 3 convolutions with batch norm; `is_residual` adds what came in before the last ReLU."""

    def __init__(self, in_channels: int, out_channels: int, stride: int, is_residual: bool) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.stride, self.added, self.is_residual = stride, out_channels - in_channels, is_residual

    def forward(self, x: Tensor) -> Tensor:
        out = self.bn2(self.conv2(self.bn1(self.conv1(x)).relu()))
        return torch.relu(out + self.shortcut(x) if self.is_residual else out)

    def shortcut(self, x: Tensor) -> Tensor:
        """Option A: every second pixel, and zeros for the new channels."""
        return functional.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.added))


class CifarResNet(nn.Module):
    """Pixels uint8 (N, 32, 32, 3) to logits; `depth` is 6n + 2. 0.27, 0.85 and 1.73 M parameters at 20, 56, 110."""

    def __init__(self, *, depth: int, is_residual: bool = True, num_classes: int = 10) -> None:
        super().__init__()
        blocks = blocks_of(depth)
        self.normalize = Normalize(CIFAR_MEAN, CIFAR_STD)
        self.conv1 = nn.Conv2d(3, WIDTHS[0], 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(WIDTHS[0])
        layers, channels = [], WIDTHS[0]
        for stage, width in enumerate(WIDTHS):
            for number in range(blocks):
                layers.append(Block(channels, width, 2 if stage and not number else 1, is_residual))
                channels = width
        self.blocks = nn.Sequential(*layers)
        self.logits = nn.Linear(channels, num_classes)
        self._initialise()

    def _initialise(self) -> None:
        for layer in self.modules():  # He et al. 2015, "Delving Deep into Rectifiers", as section 4.2 asks
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, pixels: Tensor) -> Tensor:
        x = self.bn1(self.conv1(self.normalize(pixels))).relu()
        x = self.blocks(x)
        logits: Tensor = self.logits(torch.flatten(functional.adaptive_avg_pool2d(x, 1), 1))
        return logits

    def convolutions(self) -> list[nn.Conv2d]:
        """In order from the input on: 6n + 1 of them."""
        return [layer for layer in self.modules() if isinstance(layer, nn.Conv2d)]
