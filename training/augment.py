"""Random changes to a batch of pixels, by the global generator."""

import math
from functools import cache

import torch
from torch import Tensor
from torch.nn import functional

GREY = torch.tensor(127, dtype=torch.uint8)


def distort(
    pixels: Tensor,
    *,
    rotation_deg: float = 10.0,
    scale: float = 0.1,
    shear: float = 0.15,
    shift_px: float = 1.5,
    elastic_px: float = 1.2,
) -> Tensor:
    """Digits: a small affine map and an elastic field in one resampling; float pixels (N, H, W, C) in 0..255.

    Each figure is the half-range of a uniform draw; `elastic_px` is the standard deviation of the displacement of a
    4 x 4 grid that is interpolated over the image (after Simard, Steinkraus and Platt 2003, section 2).
    """
    n, height, width, _ = pixels.shape
    x = pixels.permute(0, 3, 1, 2).float()  # (N, C, H, W)
    grid = functional.affine_grid(_affine(n, rotation_deg, scale, shear, 2 * shift_px / width), list(x.shape), False)
    coarse = torch.randn(n, 2, 4, 4) * (2 * elastic_px / width)
    field = _bicubic(height) @ coarse @ _bicubic(width).T
    grid = grid + field.permute(0, 2, 3, 1)  # (N, H, W, 2)
    moved = functional.grid_sample(x, grid.to(x.device), mode="bilinear", padding_mode="zeros", align_corners=False)
    return moved.permute(0, 2, 3, 1)


@cache
def _bicubic(size: int) -> Tensor:
    """Bicubic interpolation of 4 places to `size`, (size, 4): its product is quicker than `interpolate`."""
    column = torch.eye(4).unsqueeze(1)  # (4, 1, 4): one place each
    wide = functional.interpolate(column.unsqueeze(2), size=(1, size), mode="bicubic", align_corners=True)
    return wide[:, 0, 0].T


def _affine(n: int, rotation_deg: float, scale: float, shear: float, shift: float) -> Tensor:
    def draw(half_range: float) -> Tensor:
        return (torch.rand(n) * 2 - 1) * half_range

    angle = draw(math.radians(rotation_deg))
    size_y, size_x = 1 + draw(scale), 1 + draw(scale)
    slant = draw(shear)
    first = torch.stack([angle.cos() * size_x, (slant - angle.sin()) * size_y, draw(shift)], dim=1)
    second = torch.stack([angle.sin() * size_x, angle.cos() * size_y, draw(shift)], dim=1)
    return torch.stack([first, second], dim=1)  # (N, 2, 3)


def vary_thickness(pixels: Tensor, *, share: float = 0.3) -> Tensor:
    """Drawings: a `share` of them drawn half a pixel thicker all round, as many thinner; float pixels (N, H, W, C)."""
    draw = torch.rand(len(pixels), device=pixels.device)
    changed = pixels.permute(0, 3, 1, 2).float()
    for sign, chosen in ((1, draw < share), (-1, draw > 1 - share)):
        fine = functional.interpolate(sign * changed[chosen], scale_factor=2, mode="bilinear")
        changed[chosen] = sign * functional.avg_pool2d(_largest_of_nine(fine), 2)
    return changed.permute(0, 2, 3, 1)


def _largest_of_nine(x: Tensor) -> Tensor:
    """max_pool2d(x, 3, 1, 1), but quicker: the largest of each row's three, then of each column's."""
    x = functional.pad(x, (1, 1, 1, 1), value=-math.inf)
    x = torch.maximum(torch.maximum(x[..., :-2], x[..., 1:-1]), x[..., 2:])
    return torch.maximum(torch.maximum(x[:, :, :-2], x[:, :, 1:-1]), x[:, :, 2:])


def crop_and_flip(pixels: Tensor, *, padding_px: int = 4) -> Tensor:
    """Objects: each image shifted by up to `padding_px` to each side, and half of them mirrored; uint8 (N, H, W, C).

    He et al. 2015, section 4.2, with the edge mirrored outwards in place of black.
    """
    n, height, width, _ = pixels.shape
    device = pixels.device
    rows = _reflected(torch.randint(-padding_px, padding_px + 1, (n, 1)) + torch.arange(height), height)
    columns = _reflected(torch.randint(-padding_px, padding_px + 1, (n, 1)) + torch.arange(width), width)
    is_mirrored = torch.rand(n, 1) < 0.5
    columns = torch.where(is_mirrored, columns.flip(1), columns)
    images = torch.arange(n, device=device).view(n, 1, 1)
    return pixels[images, rows.to(device).unsqueeze(2), columns.to(device).unsqueeze(1)]


def cut_out(pixels: Tensor, *, side_px: int = 8) -> Tensor:
    """Objects: a square of each image made grey, partly outside it now and then; uint8 (N, H, W, C).

    DeVries and Taylor 2017, "Improved regularization of convolutional neural networks with cutout", section 3.
    """
    n, height, width, _ = pixels.shape

    def covered(size: int) -> Tensor:
        starts = torch.randint(0, size, (n, 1)) - side_px // 2
        places = torch.arange(size)
        return (places >= starts) & (places < starts + side_px)  # (N, size)

    square = covered(height).unsqueeze(2) & covered(width).unsqueeze(1)
    return torch.where(square.unsqueeze(3).to(pixels.device), GREY, pixels)


def _reflected(places: Tensor, size: int) -> Tensor:
    """Places outside 0..size - 1, mirrored at the edge."""
    places = places.abs()
    return torch.where(places >= size, 2 * (size - 1) - places, places)
