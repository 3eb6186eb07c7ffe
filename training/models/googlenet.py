"""GoogLeNet (Inception v1), Szegedy et al. 2014, "Going Deeper with Convolutions", table 1 and figure 3.

Two forms. `imagenet` is the paper's. `cifar` is for 32 x 32 images, on which the paper's stem would leave maps of one
pixel. It departs in six points:

- one 3 x 3 convolution stands for the stem's three and its two poolings, or, with `whitening`, a frozen one and 1 x 1
  behind it;
- with `mirrored` it answers by the mean of what it makes of the image and of its mirror image;
- batch norm (Ioffe and Szegedy 2015) follows each convolution, those of the auxiliary classifiers too, and takes the
  place of its bias; without it so deep a net trains slowly. There is no response norm;
- the two poolings between blocks halve the grid by padding 1 on all sides, where the paper's round its size up;
- an auxiliary classifier on a grid of 8 x 8 (`stem_stride` 2) averages adaptively to the 4 x 4 that its dense layer
  takes: the paper's windows of 5 x 5 with stride 3, which stay on 16 x 16, would leave 2 x 2;
- `width` scales every channel count, the auxiliary classifiers' units too, and `stem_stride` the grid, for processors
  without much time.

Both auxiliary classifiers stay where section 5 puts them, behind 4a and 4d.
"""

from collections import OrderedDict
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.models.head import Head
from training.models.normalize import CIFAR_MEAN, CIFAR_STD, IMAGENET_MEAN, IMAGENET_STD, Normalize
from training.models.whitening import FILTERS, whitening_layer

# table 1: #1x1, #3x3 reduce, #3x3, #5x5 reduce, #5x5, pool proj
TABLE = {
    "inception3a": (64, 96, 128, 16, 32, 32),
    "inception3b": (128, 128, 192, 32, 96, 64),
    "inception4a": (192, 96, 208, 16, 48, 64),
    "inception4b": (160, 112, 224, 24, 64, 64),
    "inception4c": (128, 128, 256, 24, 64, 64),
    "inception4d": (112, 144, 288, 32, 64, 64),
    "inception4e": (256, 160, 320, 32, 128, 128),
    "inception5a": (256, 160, 320, 32, 128, 128),
    "inception5b": (384, 192, 384, 48, 128, 128),
}
AUXILIARY_BEHIND = ("inception4a", "inception4d")
AUXILIARY_WEIGHT = 0.3  # section 5

Form = Literal["imagenet", "cifar"]


class Conv(nn.Sequential):
    """Convolution and ReLU, with batch norm between them where `has_norm`."""

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: int, stride: int = 1, *, has_norm: bool
    ) -> None:
        conv = nn.Conv2d(in_channels, out_channels, kernel_size, stride, kernel_size // 2, bias=not has_norm)
        layers: OrderedDict[str, nn.Module] = OrderedDict(conv=conv)
        if has_norm:
            layers["bn"] = nn.BatchNorm2d(out_channels)
        layers["act"] = nn.ReLU()
        super().__init__(layers)


class Inception(nn.Module):
    """Figure 2(b): four branches side by side; `row` is a row of table 1."""

    def __init__(self, in_channels: int, row: tuple[int, ...], *, has_norm: bool) -> None:
        super().__init__()
        direct, reduce3, wide3, reduce5, wide5, projection = row
        self.branch1x1 = Conv(in_channels, direct, 1, has_norm=has_norm)
        self.branch3x3 = nn.Sequential(
            Conv(in_channels, reduce3, 1, has_norm=has_norm), Conv(reduce3, wide3, 3, has_norm=has_norm)
        )
        self.branch5x5 = nn.Sequential(
            Conv(in_channels, reduce5, 1, has_norm=has_norm), Conv(reduce5, wide5, 5, has_norm=has_norm)
        )
        self.branch_pool = nn.Sequential(
            nn.MaxPool2d(3, stride=1, padding=1), Conv(in_channels, projection, 1, has_norm=has_norm)
        )
        self.out_channels = direct + wide3 + wide5 + projection

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.branch1x1(x), self.branch3x3(x), self.branch5x5(x), self.branch_pool(x)], 1)


class Auxiliary(nn.Sequential):
    """Section 5: average pooling 5 x 5 with stride 3, 128 filters of 1 x 1, 1,024 units, 70 % dropout.

    For maps of 14 x 14, or 16 x 16, which both give 4 x 4; smaller ones are pooled to 4 x 4 as they are.
    """

    def __init__(self, in_channels: int, num_classes: int, *, grid: int, width: float, has_norm: bool) -> None:
        pool = nn.AvgPool2d(5, 3) if grid in (14, 15, 16) else nn.AdaptiveAvgPool2d(4)
        channels, units = _scaled(128, width), _scaled(1024, width)
        super().__init__(
            pool,
            Conv(in_channels, channels, 1, has_norm=has_norm),
            nn.Flatten(),
            nn.Linear(channels * 4 * 4, units),
            nn.ReLU(),
            nn.Dropout(0.7),
            nn.Linear(units, num_classes),
        )


class GoogLeNet(nn.Module):
    """Pixels uint8 (N, H, W, 3) to logits (N, K); 6,998,552 parameters for 1,000 classes, 13,378,280 in training.

    In training mode it gives three logits, the last two of the auxiliary classifiers: see `deep_supervision`.
    """

    def __init__(
        self,
        *,
        num_classes: int = 1000,
        form: Form = "imagenet",
        width: float = 1.0,
        stem_stride: int = 1,
        dropout: float = 0.4,
        has_auxiliary: bool = True,
        whitening: bool = False,
        mirrored: bool = False,
    ) -> None:
        super().__init__()
        is_paper = form == "imagenet"
        has_norm = not is_paper
        if is_paper and (width, stem_stride, whitening, mirrored) != (1.0, 1, False, False):
            raise ValueError("width, stem_stride, whitening and mirrored need the form cifar.")
        self.mirrored = mirrored
        mean, std = (IMAGENET_MEAN, IMAGENET_STD) if is_paper else (CIFAR_MEAN, CIFAR_STD)
        self.normalize = Normalize(mean, std)
        self.stem = paper_stem() if is_paper else cifar_stem(_scaled(192, width), stem_stride, whitening=whitening)
        self.blocks = nn.ModuleDict()
        self.auxiliary = nn.ModuleDict()
        channels, grid = _scaled(192, width), 28 if is_paper else 32 // stem_stride
        for name, row in TABLE.items():
            if name in ("inception4a", "inception5a"):
                self.blocks[f"pool{int(name[9]) - 1}"] = nn.MaxPool2d(
                    3, 2, padding=0 if is_paper else 1, ceil_mode=is_paper
                )
                grid //= 2
            scaled = tuple(_scaled(count, width) for count in row)
            block = Inception(channels, scaled, has_norm=has_norm)
            self.blocks[name] = block
            channels = block.out_channels
            if has_auxiliary and name in AUXILIARY_BEHIND:
                self.auxiliary[name] = Auxiliary(channels, num_classes, grid=grid, width=width, has_norm=has_norm)
        self.head = Head((channels, grid, grid), num_classes, "pooled", hidden=0, dropout=dropout)
        self.to(memory_format=torch.channels_last)

    def maps(self, pixels: Tensor) -> Tensor:
        """The maps of inception5b, (N, 1024 x width, h, w)."""
        images: Tensor = self.normalize(pixels)
        if self.training or not self.mirrored:
            return self._last_maps(images)
        # one batch, so that each convolution stands once in an exported graph
        pairs = torch.stack([images, images.flip(3)], dim=1)
        one, other = torch.unflatten(self._last_maps(pairs.flatten(0, 1)), 0, (-1, 2)).unbind(1)
        return (one + other.flip(3)) / 2

    def _last_maps(self, images: Tensor) -> Tensor:
        x: Tensor = self.stem(images)
        for block in self.blocks.values():
            x = block(x)
        return x

    def forward(self, pixels: Tensor) -> Tensor | tuple[Tensor, ...]:
        if not (self.training and self.auxiliary):
            logits: Tensor = self.head(self.maps(pixels))
            return logits
        x = self.stem(self.normalize(pixels))
        beside = []
        for name, block in self.blocks.items():
            x = block(x)
            if name in self.auxiliary:
                beside.append(self.auxiliary[name](x))
        return self.head(x), *beside

    def feature_maps(self, pixels: Tensor) -> dict[str, Tensor]:
        """The maps behind the stem, every block and pooling, in order; the last is `logits`."""
        x = self.stem(self.normalize(pixels))
        maps = {"stem": x}
        for name, block in self.blocks.items():
            x = block(x)
            maps[name] = x
        return maps | {"logits": self.head(x)}


def paper_stem() -> nn.Sequential:
    """Table 1 down to the second pooling, with the response norms of figure 3: to (N, 192, 28, 28)."""
    return nn.Sequential(
        OrderedDict(
            conv1=Conv(3, 64, 7, 2, has_norm=False),  # (N, 64, 112, 112)
            pool1=nn.MaxPool2d(3, 2, ceil_mode=True),  # (N, 64, 56, 56)
            norm1=nn.LocalResponseNorm(5, alpha=1e-4, beta=0.75, k=1.0),
            conv2_reduce=Conv(64, 64, 1, has_norm=False),
            conv2=Conv(64, 192, 3, has_norm=False),  # (N, 192, 56, 56)
            norm2=nn.LocalResponseNorm(5, alpha=1e-4, beta=0.75, k=1.0),
            pool2=nn.MaxPool2d(3, 2, ceil_mode=True),  # (N, 192, 28, 28)
        )
    )


def cifar_stem(channels: int, stride: int, *, whitening: bool) -> nn.Sequential:
    """One 3 x 3 convolution; with `whitening` its windows are whitened first, and a 1 x 1 convolution learns."""
    if not whitening:
        return Conv(3, channels, 3, stride, has_norm=True)
    mixed = Conv(FILTERS, channels, 1, has_norm=True)
    return nn.Sequential(OrderedDict(white=whitening_layer(stride), rectified=nn.ReLU(), mix=mixed))


def deep_supervision(logits: Tensor | tuple[Tensor, ...], labels: Tensor, label_smoothing: float = 0.0) -> Tensor:
    """Cross-entropy; in training that of the auxiliary classifiers is added at 0.3 (section 5)."""
    main, *beside = logits if isinstance(logits, tuple) else (logits,)
    loss = functional.cross_entropy(main, labels, label_smoothing=label_smoothing)
    for one in beside:
        loss = loss + AUXILIARY_WEIGHT * functional.cross_entropy(one, labels, label_smoothing=label_smoothing)
    return loss


def _scaled(channels: int, width: float) -> int:
    """A multiple of 8, as vector units like it, where the width is not 1."""
    return channels if width == 1.0 else max(8, round(channels * width / 8) * 8)
