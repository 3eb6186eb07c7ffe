"""The plain nets of `cifar_resnet` with what He et al. 2015 had no more: sigmoids, and nothing that steadies a signal.

The same convolutions, without batch norm and without shortcuts. The initialisation is the normalised one of Glorot and
Bengio 2010, equation 16, which keeps gradients as large as such a net can at the start.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.models.cifar_resnet import WIDTHS, blocks_of
from training.models.normalize import CIFAR_MEAN, CIFAR_STD, Normalize


class SigmoidNet(nn.Module):
    """Pixels uint8 (N, 32, 32, 3) to logits; `depth` is 6n + 2, as of CifarResNet."""

    def __init__(self, *, depth: int, num_classes: int = 10) -> None:
        super().__init__()
        self.normalize = Normalize(CIFAR_MEAN, CIFAR_STD)
        layers, channels = [nn.Conv2d(3, WIDTHS[0], 3, padding=1)], WIDTHS[0]
        for stage, width in enumerate(WIDTHS):
            for number in range(2 * blocks_of(depth)):
                layers.append(nn.Conv2d(channels, width, 3, 2 if stage and not number else 1, padding=1))
                channels = width
        self.layers = nn.ModuleList(layers)
        self.logits = nn.Linear(channels, num_classes)
        self._initialise()

    def _initialise(self) -> None:
        layers: list[nn.Conv2d | nn.Linear] = [*self.convolutions(), self.logits]
        for layer in layers:
            nn.init.xavier_uniform_(layer.weight)
            assert layer.bias is not None
            nn.init.zeros_(layer.bias)

    def forward(self, pixels: Tensor) -> Tensor:
        x = self.normalize(pixels)
        for layer in self.layers:
            x = torch.sigmoid(layer(x))
        logits: Tensor = self.logits(torch.flatten(functional.adaptive_avg_pool2d(x, 1), 1))
        return logits

    def convolutions(self) -> list[nn.Conv2d]:
        """In order from the input on: 6n + 1 of them."""
        return [layer for layer in self.modules() if isinstance(layer, nn.Conv2d)]
