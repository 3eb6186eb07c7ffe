"""LeNet-5 exactly as in LeCun, Bottou, Bengio and Haffner 1998, sections II.B and II.C: 60,000 trainable parameters.

Kept: 32 x 32 input with background -0.1 and ink 1.175, trainable subsampling, table I between S2 and C3, the scaled
hyperbolic tangent of appendix A, Euclidean RBF output units with the bitmaps of figure 3, the loss of equation 9.
"""

from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.models.normalize import Normalize

# Table I: which S2 maps feed each of the 16 maps of C3.
C3_TABLE = (
    *((0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (0, 4, 5), (0, 1, 5)),
    *((0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5), (0, 3, 4, 5), (0, 1, 4, 5), (0, 1, 2, 5)),
    *((0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5)),
    (0, 1, 2, 3, 4, 5),
)

# Figure 3, digits 0 to 9, each 12 rows of 7; # is +1, . is -1. The bar over 0, 2, 4 and 5 sets them off from letters.
BITMAPS = (
    ".#####. ....... ..###.. .##.##. ##...## ##...## ##...## ##...## .##.##. ..###.. ....... .......",
    "...##.. ..###.. .####.. ...##.. ...##.. ...##.. ...##.. ...##.. ...##.. .###### ....... .......",
    ".#####. ....... .#####. ##...## #....## ....##. ..###.. .##.... ##..... ####### ....... .......",
    "####### .....## ....##. ...##.. ..####. .....## .....## .....## ##...## .#####. ....... .......",
    ".#####. ....... ....... .##..## .##..## ###..## ##...## ##...## ##..### .###### .....## .....##",
    ".#####. ....... ####### ##..... ##..... .####.. ..####. .....## ##...## .#####. ....... .......",
    "..####. .##.... ##..... ##..... #####.. ###..## ##...## ##...## ###..## .#####. ....... .......",
    "####### .....## .....## ....##. ...##.. ...##.. ..##... ..##... ..##... ..##... ....... .......",
    ".#####. ##...## ##...## ##...## .#####. ##...## ##...## ##...## ##...## .#####. ....... .......",
    ".#####. ##..### ##...## ##...## ##..### .###### .....## .....## ....##. .####.. ....... .......",
)

# Section II.B: background -0.1, foreground 1.175; as (pixels / 255 - mean) / std.
STD = 1 / 1.275
MEAN = 0.1 * STD

GARBAGE_PENALTY = 10.0  # j of equation 9: the penalty of "none of the classes"; the paper says "positive constant"

TITLES = {
    "conv1": "C1 convolution",
    "act1": "C1 activation",
    "pool1": "S2 subsampling",
    "act2": "S2 activation",
    "conv2": "C3 convolution",
    "act3": "C3 activation",
    "pool2": "S4 subsampling",
    "act4": "S4 activation",
    "conv3": "C5 convolution",
    "act5": "C5 activation",
    "fc1": "F6 units",
    "act6": "F6 activation",
    "logits": "Output (negative RBF distance)",
}


class Field(Normalize):
    """Pixels (N, H, W, C), normalised, in the middle of a field with `border` pixels of background on each side."""

    def __init__(self, border: int) -> None:
        super().__init__([MEAN], [STD])
        self.border = border

    def forward(self, pixels: Tensor) -> Tensor:
        return functional.pad(super().forward(pixels), (self.border,) * 4, value=-MEAN / STD)


class ScaledTanh(nn.Module):
    """1.7159 tanh(2x / 3): appendix A, so that f(1) = 1 and f(-1) = -1."""

    def forward(self, x: Tensor) -> Tensor:
        return 1.7159 * torch.tanh(2 / 3 * x)


class Subsampling(nn.Module):
    """Section II.B, layer S2: the sum of each 2 x 2 block times one weight, plus one bias, per map."""

    kernel_size, stride, padding = 2, 2, 0

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((channels, 1, 1), 0.25))
        self.bias = nn.Parameter(torch.zeros(channels, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        return 4 * functional.avg_pool2d(x, 2) * self.weight + self.bias


class PartialConv2d(nn.Module):
    """C3: 5 x 5 kernels only where `C3_TABLE` connects a map, 1,516 parameters."""

    kernel_size, stride, padding = (5, 5), (1, 1), (0, 0)

    def __init__(self) -> None:
        super().__init__()
        self.kernels = nn.ParameterList([torch.empty(1, len(inputs), 5, 5) for inputs in C3_TABLE])
        self.bias = nn.Parameter(torch.zeros(len(C3_TABLE)))

    def forward(self, x: Tensor) -> Tensor:
        # One dense convolution is faster than sixteen small ones.
        return functional.conv2d(x, self.weight(), self.bias)

    def weight(self) -> Tensor:
        """The kernels (16, 6, 5, 5), with zeros where the table has no connection."""
        rows = [
            kernel.new_zeros(1, 6, 5, 5).index_copy(1, torch.tensor(inputs, device=kernel.device), kernel)
            for inputs, kernel in zip(C3_TABLE, self.kernels, strict=True)
        ]
        return torch.cat(rows)


class EuclideanRBF(nn.Module):
    """Equation 7: the squared distance of F6 to each class's bitmap, negated so that the largest output wins."""

    bitmaps: Tensor  # (10, 1, 12, 7), as the kernels of a convolution

    def __init__(self) -> None:
        super().__init__()
        drawn = [[[[1.0 if cell == "#" else -1.0 for cell in row] for row in bitmap.split(" ")]] for bitmap in BITMAPS]
        self.register_buffer("bitmaps", torch.tensor(drawn))

    def forward(self, x: Tensor) -> Tensor:
        drawn = x.view(-1, 1, *self.bitmaps.shape[1:])  # F6 as a picture of 12 x 7
        return -(drawn - self.bitmaps).square().sum(dim=(2, 3, 4))


class LeNet5Classic(nn.Module):
    """28 x 28 pixels, laid in a 32 x 32 field, to 10 negative RBF penalties."""

    titles = TITLES

    def __init__(self, *, num_classes: int = 10) -> None:
        super().__init__()
        if num_classes != len(BITMAPS):
            raise ValueError(
                f"num_classes is {num_classes}. Choose {len(BITMAPS)}, as the paper has {len(BITMAPS)} bitmaps."
            )
        self.normalize = Field(border=2)  # (N, 1, 32, 32)
        self.features = nn.Sequential(
            OrderedDict(
                conv1=nn.Conv2d(1, 6, kernel_size=5),  # (N, 6, 28, 28)
                act1=ScaledTanh(),
                pool1=Subsampling(6),  # (N, 6, 14, 14)
                act2=ScaledTanh(),
                conv2=PartialConv2d(),  # (N, 16, 10, 10)
                act3=ScaledTanh(),
                pool2=Subsampling(16),  # (N, 16, 5, 5)
                act4=ScaledTanh(),
                conv3=nn.Conv2d(16, 120, kernel_size=5),  # (N, 120, 1, 1)
                act5=ScaledTanh(),
            )
        )
        self.classifier = nn.Sequential(
            OrderedDict(flatten=nn.Flatten(), fc1=nn.Linear(120, 84), act6=ScaledTanh(), logits=EuclideanRBF())
        )
        self.apply(initialize)

    def forward(self, pixels: Tensor) -> Tensor:
        x = self.normalize(pixels)
        x = self.features(x)
        logits: Tensor = self.classifier(x)
        return logits

    def feature_maps(self, pixels: Tensor) -> dict[str, Tensor]:
        """The activation after every named layer, in order; the last is `logits`."""
        x = self.normalize(pixels)
        maps: dict[str, Tensor] = {}
        for name, layer in [*self.features.named_children(), *self.classifier.named_children()]:
            x = layer(x)
            if name in self.titles:
                maps[name] = x
        return maps


def initialize(module: nn.Module) -> None:
    """Appendix A: weights uniform in +-2.4 / fan-in."""
    if isinstance(module, nn.Conv2d | nn.Linear):
        bound = 2.4 / module.weight[0].numel()
        nn.init.uniform_(module.weight, -bound, bound)
        assert module.bias is not None
        nn.init.zeros_(module.bias)
    elif isinstance(module, PartialConv2d):
        for kernel in module.kernels:
            nn.init.uniform_(kernel, -2.4 / kernel.numel(), 2.4 / kernel.numel())


def map_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Equation 9, the discriminative criterion, mean over the batch; `logits` are negative penalties (N, 10)."""
    penalty = -logits.gather(1, labels[:, None]).squeeze(1)
    garbage = torch.full_like(logits[:, :1], -GARBAGE_PENALTY)
    return (penalty + torch.logsumexp(torch.cat([logits, garbage], dim=1), dim=1)).mean()
