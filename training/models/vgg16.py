"""VGG16, configuration D of Simonyan and Zisserman 2014, "Very Deep Convolutional Networks", table 1.

Layer names are torchvision's, so that its published state loads as it is.
"""

from collections import OrderedDict
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from training.models.convolutions import Convolutions
from training.models.normalize import IMAGENET_MEAN, IMAGENET_STD, Normalize

# a row per block: the output channels of its 3 x 3 convolutions; a 2 x 2 max pooling ends each block
BLOCKS = (
    (64, 64),
    (128, 128),
    (256, 256, 256),
    (512, 512, 512),
    (512, 512, 512),
)


class VGG16(nn.Module):
    """138,357,544 parameters for 1,000 classes; pixels uint8 (N, 224, 224, 3) to logits."""

    def __init__(self, num_classes: int = 1000, dropout: float = 0.5) -> None:
        super().__init__()
        self.normalize = Normalize(IMAGENET_MEAN, IMAGENET_STD, in_state=False)
        self.features = nn.Sequential(*(layer for block in _blocks() for layer in block))
        self.avgpool = nn.AdaptiveAvgPool2d(7)
        self.classifier = nn.Sequential(
            nn.Linear(512 * 7 * 7, 4096),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(4096, 4096),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(4096, num_classes),
        )

    def forward(self, pixels: Tensor) -> Tensor:
        x = self.features(self.normalize(pixels))  # (N, 512, 7, 7)
        x = torch.flatten(self.avgpool(x), 1)  # (N, 25088)
        logits: Tensor = self.classifier(x)
        return logits


class VGG16Features(Convolutions):
    """The convolutional part alone, for the published weights of its 13 convolutions: 14,714,688 parameters.

    Layers are called as in the paper's successors: conv1_1, act1_1, conv1_2, act1_2, pool1 and so on to pool5.
    """

    titles: Mapping[str, str] = {
        name: title
        for block, row in enumerate(BLOCKS, start=1)
        for name, title in (
            *(
                (f"{kind}{block}_{number}", f"{word} {block}_{number}")
                for number in range(1, len(row) + 1)
                for kind, word in (("conv", "Convolution"), ("act", "Activation"))
            ),
            (f"pool{block}", f"Pooling {block}"),
        )
    }

    def __init__(self) -> None:
        super().__init__()
        self.normalize = Normalize(IMAGENET_MEAN, IMAGENET_STD, in_state=False)
        layers = (layer for block in _blocks() for layer in block)
        self.features = nn.Sequential(OrderedDict(zip(self.titles, layers, strict=True)))

    def load_published(self, weights: Mapping[str, Tensor]) -> None:
        """`features.N.weight` and `features.N.bias` of torchvision's file. Raises RuntimeError where one is missing."""
        names = {f"features.{number}": name for number, name in enumerate(self.titles)}
        published = (name.rpartition(".") for name in weights)
        state = {f"{names.get(layer, layer)}.{part}": weights[f"{layer}.{part}"] for layer, _, part in published}
        self.features.load_state_dict(state)


def _blocks() -> list[list[nn.Module]]:
    blocks, channels = [], 3
    for row in BLOCKS:
        layers: list[nn.Module] = []
        for out_channels in row:
            layers += [nn.Conv2d(channels, out_channels, 3, padding=1), nn.ReLU()]
            channels = out_channels
        blocks.append([*layers, nn.MaxPool2d(2)])
    return blocks


def stages(features: nn.Sequential) -> "OrderedDict[str, nn.Module]":
    """`block1` to `block5`, sharing the layers of `VGG16.features`."""
    named: OrderedDict[str, nn.Module] = OrderedDict()
    start = 0
    for number, row in enumerate(BLOCKS, start=1):
        end = start + 2 * len(row) + 1
        named[f"block{number}"] = features[start:end]
        start = end
    return named
