"""The first layer of every network: pixels in, a normalised tensor out, so that the constants travel in the file."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
MNIST_MEAN, MNIST_STD = 0.1307, 0.3081  # of its 60,000 training images
CIFAR_MEAN, CIFAR_STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)  # of its 50,000 training images


class Normalize(nn.Module):
    """(N, H, W, C) pixels in 0..255, uint8 or float, to (N, C, H, W) float32: (pixels / 255 - mean) / std.

    `mean` and `std` are per channel, on the 0..1 scale. They are buffers: frozen, exported, never trained; with
    `in_state` False they stay out of the state, for networks whose published state loads as it is.
    """

    mean: Tensor  # (1, C, 1, 1)
    std: Tensor  # (1, C, 1, 1)

    def __init__(self, mean: Sequence[float], std: Sequence[float], *, in_state: bool = True) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean, dtype=torch.float32).view(1, -1, 1, 1), persistent=in_state)
        self.register_buffer("std", torch.tensor(std, dtype=torch.float32).view(1, -1, 1, 1), persistent=in_state)

    def forward(self, pixels: Tensor) -> Tensor:
        x = pixels.permute(0, 3, 1, 2).float() / 255
        return (x - self.mean) / self.std


class Enlarge(nn.Module):
    """Tensors (N, C, H, W) to (N, C, `size_px`, `size_px`), bicubic.

    So small pictures fill the grid of a network for large ones. As a layer it travels in the file: training and
    serving enlarge alike.
    """

    def __init__(self, size_px: int) -> None:
        super().__init__()
        self.size_px = size_px

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.interpolate(x, size=(self.size_px, self.size_px), mode="bicubic", align_corners=False)

    def extra_repr(self) -> str:
        return f"size_px={self.size_px}"


def seen_size(network: nn.Module, height: int, width: int) -> tuple[int, int]:
    """Height and width of the picture that the layers of `network` work on, for pixels of `height` x `width`."""
    enlarged = [(layer.size_px, layer.size_px) for layer in network.modules() if isinstance(layer, Enlarge)]
    return enlarged[0] if enlarged else (height, width)


class StandardizeFilm(nn.Module):
    """Grey pixels (N, H, W, 1), 0..255, to the same shape and scale, with mean and contrast made equal for all films.

    A linear change of a film's window leaves the result as it is, so brightness and contrast, which differ between
    hospitals, tell the network nothing. `border` is the share of height and width at each side that is set to mid-grey:
    letters, rims and collimator edges lie there. Mean and deviation are those of the rest.
    """

    MEAN, DEVIATION = 128.0, 64.0
    LIMIT = 3.0  # deviations; further out lie metal and burnt-in letters

    def __init__(self, border: float) -> None:
        super().__init__()
        self.border = border

    def forward(self, pixels: Tensor) -> Tensor:
        height, width = pixels.shape[1], pixels.shape[2]
        top, left = round(height * self.border), round(width * self.border)
        inside = pixels[:, top : height - top, left : width - left].float()
        mean = inside.mean(dim=(1, 2), keepdim=True)
        deviation = (inside - mean).square().mean(dim=(1, 2), keepdim=True).sqrt()
        grey = ((inside - mean) / (deviation + 1.0)).clamp(-self.LIMIT, self.LIMIT)
        grey = nn.functional.pad(grey, (0, 0, left, left, top, top))
        return grey * self.DEVIATION + self.MEAN

    def extra_repr(self) -> str:
        return f"border={self.border}"
