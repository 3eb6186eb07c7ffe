"""Inception-v3, Szegedy et al. 2015, "Rethinking the Inception Architecture for Computer Vision", figures 5 to 7.

Layer names are torchvision's, so that its published state loads as it is. For transfer there are the `stages`, which
end at `Mixed_7c`; `InceptionV3` is the whole network, with the auxiliary classifier of section 4.
"""

from collections import OrderedDict
from functools import partial

import torch
from torch import Tensor, nn

from training.models.normalize import Normalize

MEAN = STD = (0.5, 0.5, 0.5)


class ConvBN(nn.Module):
    """Convolution without bias, batch norm, ReLU."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, int],
        stride: int = 1,
        padding: int | tuple[int, int] = 0,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(out_channels, eps=0.001)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.bn(self.conv(x)))


def average_pool() -> nn.AvgPool2d:
    # torchvision counts the padding in the mean. The published network does not, and its weights expect that.
    return nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False)


class InceptionA(nn.Module):
    """Figure 5: the 5 x 5 of GoogLeNet beside two 3 x 3 in a row."""

    def __init__(self, in_channels: int, pool_channels: int) -> None:
        super().__init__()
        self.branch1x1 = ConvBN(in_channels, 64, 1)
        self.branch5x5_1 = ConvBN(in_channels, 48, 1)
        self.branch5x5_2 = ConvBN(48, 64, 5, padding=2)
        self.branch3x3dbl_1 = ConvBN(in_channels, 64, 1)
        self.branch3x3dbl_2 = ConvBN(64, 96, 3, padding=1)
        self.branch3x3dbl_3 = ConvBN(96, 96, 3, padding=1)
        self.pool = average_pool()
        self.branch_pool = ConvBN(in_channels, pool_channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        branches = [
            self.branch1x1(x),
            self.branch5x5_2(self.branch5x5_1(x)),
            self.branch3x3dbl_3(self.branch3x3dbl_2(self.branch3x3dbl_1(x))),
            self.branch_pool(self.pool(x)),
        ]
        return torch.cat(branches, 1)


class InceptionB(nn.Module):
    """Figure 10: from 35 x 35 to 17 x 17 by convolution and pooling side by side."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.branch3x3 = ConvBN(in_channels, 384, 3, stride=2)
        self.branch3x3dbl_1 = ConvBN(in_channels, 64, 1)
        self.branch3x3dbl_2 = ConvBN(64, 96, 3, padding=1)
        self.branch3x3dbl_3 = ConvBN(96, 96, 3, stride=2)
        self.pool = nn.MaxPool2d(3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        branches = [
            self.branch3x3(x),
            self.branch3x3dbl_3(self.branch3x3dbl_2(self.branch3x3dbl_1(x))),
            self.pool(x),
        ]
        return torch.cat(branches, 1)


class InceptionC(nn.Module):
    """Figure 6: 7 x 7 factored into 1 x 7 and 7 x 1; `width` is the number of channels between them."""

    def __init__(self, in_channels: int, width: int) -> None:
        super().__init__()
        row = partial(ConvBN, kernel_size=(1, 7), padding=(0, 3))
        column = partial(ConvBN, kernel_size=(7, 1), padding=(3, 0))
        self.branch1x1 = ConvBN(in_channels, 192, 1)
        self.branch7x7_1 = ConvBN(in_channels, width, 1)
        self.branch7x7_2 = row(width, width)
        self.branch7x7_3 = column(width, 192)
        self.branch7x7dbl_1 = ConvBN(in_channels, width, 1)
        self.branch7x7dbl_2 = column(width, width)
        self.branch7x7dbl_3 = row(width, width)
        self.branch7x7dbl_4 = column(width, width)
        self.branch7x7dbl_5 = row(width, 192)
        self.pool = average_pool()
        self.branch_pool = ConvBN(in_channels, 192, 1)

    def forward(self, x: Tensor) -> Tensor:
        double = self.branch7x7dbl_3(self.branch7x7dbl_2(self.branch7x7dbl_1(x)))
        branches = [
            self.branch1x1(x),
            self.branch7x7_3(self.branch7x7_2(self.branch7x7_1(x))),
            self.branch7x7dbl_5(self.branch7x7dbl_4(double)),
            self.branch_pool(self.pool(x)),
        ]
        return torch.cat(branches, 1)


class InceptionD(nn.Module):
    """From 17 x 17 to 8 x 8, as InceptionB does from 35 x 35."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.branch3x3_1 = ConvBN(in_channels, 192, 1)
        self.branch3x3_2 = ConvBN(192, 320, 3, stride=2)
        self.branch7x7x3_1 = ConvBN(in_channels, 192, 1)
        self.branch7x7x3_2 = ConvBN(192, 192, (1, 7), padding=(0, 3))
        self.branch7x7x3_3 = ConvBN(192, 192, (7, 1), padding=(3, 0))
        self.branch7x7x3_4 = ConvBN(192, 192, 3, stride=2)
        self.pool = nn.MaxPool2d(3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        factored = self.branch7x7x3_3(self.branch7x7x3_2(self.branch7x7x3_1(x)))
        branches = [self.branch3x3_2(self.branch3x3_1(x)), self.branch7x7x3_4(factored), self.pool(x)]
        return torch.cat(branches, 1)


class InceptionE(nn.Module):
    """Figure 7: filter banks widened, not deepened, on the coarsest grid."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        row = partial(ConvBN, kernel_size=(1, 3), padding=(0, 1))
        column = partial(ConvBN, kernel_size=(3, 1), padding=(1, 0))
        self.branch1x1 = ConvBN(in_channels, 320, 1)
        self.branch3x3_1 = ConvBN(in_channels, 384, 1)
        self.branch3x3_2a = row(384, 384)
        self.branch3x3_2b = column(384, 384)
        self.branch3x3dbl_1 = ConvBN(in_channels, 448, 1)
        self.branch3x3dbl_2 = ConvBN(448, 384, 3, padding=1)
        self.branch3x3dbl_3a = row(384, 384)
        self.branch3x3dbl_3b = column(384, 384)
        self.pool = average_pool()
        self.branch_pool = ConvBN(in_channels, 192, 1)

    def forward(self, x: Tensor) -> Tensor:
        wide = self.branch3x3_1(x)
        double = self.branch3x3dbl_2(self.branch3x3dbl_1(x))
        branches = [
            self.branch1x1(x),
            self.branch3x3_2a(wide),
            self.branch3x3_2b(wide),
            self.branch3x3dbl_3a(double),
            self.branch3x3dbl_3b(double),
            self.branch_pool(self.pool(x)),
        ]
        return torch.cat(branches, 1)


def stages() -> "OrderedDict[str, nn.Module]":
    """Every stage in order, from (N, 3, H, W) to (N, 2048, H / 32, W / 32); shapes below are those of a 299 input."""
    return OrderedDict(
        Conv2d_1a_3x3=ConvBN(3, 32, 3, stride=2),  # (N, 32, 149, 149)
        Conv2d_2a_3x3=ConvBN(32, 32, 3),
        Conv2d_2b_3x3=ConvBN(32, 64, 3, padding=1),
        maxpool1=nn.MaxPool2d(3, stride=2),  # (N, 64, 73, 73)
        Conv2d_3b_1x1=ConvBN(64, 80, 1),
        Conv2d_4a_3x3=ConvBN(80, 192, 3),
        maxpool2=nn.MaxPool2d(3, stride=2),  # (N, 192, 35, 35)
        Mixed_5b=InceptionA(192, 32),
        Mixed_5c=InceptionA(256, 64),
        Mixed_5d=InceptionA(288, 64),  # (N, 288, 35, 35)
        Mixed_6a=InceptionB(288),
        Mixed_6b=InceptionC(768, 128),
        Mixed_6c=InceptionC(768, 160),
        Mixed_6d=InceptionC(768, 160),
        Mixed_6e=InceptionC(768, 192),  # (N, 768, 17, 17)
        Mixed_7a=InceptionD(768),  # (N, 1280, 8, 8)
        Mixed_7b=InceptionE(1280),
        Mixed_7c=InceptionE(2048),  # (N, 2048, 8, 8)
    )


AUXILIARY_BEHIND = "Mixed_6e"


class Auxiliary(nn.Module):
    """Section 4 and figure 8: for maps of 17 x 17."""

    def __init__(self, in_channels: int, num_classes: int) -> None:
        super().__init__()
        self.pool = nn.AvgPool2d(5, stride=3)
        self.conv0 = ConvBN(in_channels, 128, 1)
        self.conv1 = ConvBN(128, 768, 5)
        self.fc = nn.Linear(768, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv1(self.conv0(self.pool(x)))
        logits: Tensor = self.fc(torch.flatten(x.mean(dim=(2, 3)), 1))
        return logits


class InceptionV3(nn.Module):
    """Pixels uint8 (N, 299, 299, 3) to logits; 23,834,568 parameters for 1,000 classes, 27,161,264 in training.

    In training mode it gives two logits: the main ones and those of the auxiliary classifier.
    """

    def __init__(self, *, num_classes: int = 1000, dropout: float = 0.5, has_auxiliary: bool = True) -> None:
        super().__init__()
        self.normalize = Normalize(MEAN, STD)
        self.stages = nn.Sequential(stages())
        self.AuxLogits = Auxiliary(768, num_classes) if has_auxiliary else None
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(2048, num_classes)

    def forward(self, pixels: Tensor) -> Tensor | tuple[Tensor, ...]:
        x: Tensor = self.normalize(pixels)
        beside: tuple[Tensor, ...] = ()
        for name, stage in self.stages.named_children():
            x = stage(x)
            if name == AUXILIARY_BEHIND and self.training and self.AuxLogits is not None:
                beside = (self.AuxLogits(x),)
        logits: Tensor = self.fc(self.dropout(torch.flatten(x.mean(dim=(2, 3)), 1)))
        return (logits, *beside) if beside else logits
