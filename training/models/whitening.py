"""A frozen first layer that whitens patches: no direction of colour and texture is louder than another.

As in the record runs on CIFAR-10 (Page 2018, "How to train your ResNet", part 8; Jordan 2024, arXiv 2404.00498,
section 3.2), where it takes the place of the epochs in which a network learns to do the same.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

EPSILON = 5e-4  # added to each variance: what is mostly noise is not turned up
KERNEL_SIZE = 3
FILTERS = 2 * 3 * KERNEL_SIZE**2  # each direction with both signs, for the ReLU behind them


def whitening_layer(stride: int) -> nn.Conv2d:
    """(N, 3, H, W) to (N, 54, H / stride, W / stride). Its kernels are for `whiten` to set, and never trained."""
    layer = nn.Conv2d(3, FILTERS, KERNEL_SIZE, stride, KERNEL_SIZE // 2)
    layer.weight.requires_grad_(False)
    return layer


@torch.no_grad()
def whiten(layer: nn.Conv2d, images: Tensor) -> None:
    """Set the kernels from normalised training images (N, 3, H, W): the eigenvectors of their patches' covariance."""
    patches = functional.unfold(images, KERNEL_SIZE).transpose(1, 2).reshape(-1, FILTERS // 2).double()
    values, vectors = torch.linalg.eigh(torch.cov(patches.T))
    kernels = (vectors / (values + EPSILON).sqrt()).T.reshape(-1, 3, KERNEL_SIZE, KERNEL_SIZE).float()
    layer.weight.copy_(torch.cat([kernels, -kernels]))
    assert layer.bias is not None
    layer.bias.zero_()
