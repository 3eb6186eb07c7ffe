"""ResNet-50, He et al. 2015, "Deep Residual Learning for Image Recognition", table 1 and figure 5.

Layer names are torchvision's, so that its published state loads as it is. The stride of a stage is in its first block's
3 x 3 convolution, as in torchvision and later work; the paper has it in the 1 x 1 before.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from training.models.normalize import IMAGENET_MEAN, IMAGENET_STD, Normalize

BLOCKS, WIDTHS = (3, 4, 6, 3), (64, 128, 256, 512)
EXPANSION = 4


class Bottleneck(nn.Module):
    """Figure 5, right: 1 x 1 down, 3 x 3, 1 x 1 up, and the shortcut; `downsample` fits its shape (option B)."""

    def __init__(self, in_channels: int, width: int, stride: int) -> None:
        super().__init__()
        out_channels = width * EXPANSION
        self.conv1 = nn.Conv2d(in_channels, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, out_channels, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.downsample = None
        if stride > 1 or in_channels != out_channels:
            self.downsample = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride, bias=False), nn.BatchNorm2d(out_channels)
            )

    def forward(self, x: Tensor) -> Tensor:
        out = self.bn1(self.conv1(x)).relu()
        out = self.bn2(self.conv2(out)).relu()
        out = self.bn3(self.conv3(out))
        return torch.relu(out + (x if self.downsample is None else self.downsample(x)))


class ResNet50(nn.Module):
    """25,557,032 parameters for 1,000 classes; pixels uint8 (N, 224, 224, 3) to logits.

    `blocks` of 3, 8, 36 and 3 are table 1's ResNet-152.
    """

    def __init__(self, *, num_classes: int = 1000, blocks: Sequence[int] = BLOCKS) -> None:
        super().__init__()
        self.normalize = Normalize(IMAGENET_MEAN, IMAGENET_STD)
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)  # (N, 64, 112, 112)
        self.bn1 = nn.BatchNorm2d(64)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)  # (N, 64, 56, 56)
        channels = 64
        for stage, (count, width) in enumerate(zip(blocks, WIDTHS, strict=True), start=1):
            row = []
            for number in range(count):
                row.append(Bottleneck(channels, width, 2 if stage > 1 and not number else 1))
                channels = width * EXPANSION
            self.add_module(f"layer{stage}", nn.Sequential(*row))
        self.fc = nn.Linear(channels, num_classes)

    def forward(self, pixels: Tensor) -> Tensor:
        return list(self.feature_maps(pixels).values())[-1]

    def feature_maps(self, pixels: Tensor) -> dict[str, Tensor]:
        """The maps behind the stem and each stage; the last is `logits`."""
        x = self.maxpool(self.bn1(self.conv1(self.normalize(pixels))).relu())
        maps = {"stem": x}
        for stage in range(1, len(WIDTHS) + 1):
            x = self.get_submodule(f"layer{stage}")(x)
            maps[f"layer{stage}"] = x
        return maps | {"logits": self.fc(torch.flatten(x.mean(dim=(2, 3)), 1))}
