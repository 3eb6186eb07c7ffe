"""Grad-CAM of every class as a part of the graph (Selvaraju et al. 2017, equations 1 and 2), without a gradient.

Behind pooling or flattening there are only dense layers, so the gradient of a class score with respect to the last
feature maps is a product of their weights, with ReLU as a mask.
"""

import torch
from torch import Tensor

from training.models.head import Head

EPSILON = 1e-7  # as in the grad-cam package: keeps an all-zero map zero
# Of the sum without signs. Where positive and negative terms cancel to less than this, what is left is mostly rounding,
# and the map stays dim instead of being stretched to 1.
NOISE_FLOOR = 1e-3


def class_activation_maps(head: Head, maps: Tensor, embedding: Tensor) -> Tensor:
    """Heatmaps (N, K, h, w) of the classes, in 0..1, from `maps` (N, C, h, w) and what `head.embed` made of them."""
    weights = _mean_gradients(head, maps, embedding)  # (N or 1, K, C)
    heat = torch.matmul(weights, maps.flatten(2)).relu()  # (N, K, h w)
    heat = heat - heat.amin(dim=2, keepdim=True)
    without_signs = torch.matmul(weights.abs(), maps.flatten(2).abs()).amax(dim=2, keepdim=True)
    heat = heat / (torch.maximum(heat.amax(dim=2, keepdim=True), NOISE_FLOOR * without_signs) + EPSILON)
    return torch.unflatten(heat, 2, maps.shape[2:])


def _mean_gradients(head: Head, maps: Tensor, embedding: Tensor) -> Tensor:
    """The gradient of each class's logit, averaged over the positions of each map."""
    channels, positions = maps.shape[1], maps.shape[2] * maps.shape[3]
    last = head.fc2.weight[: head.num_classes] if head.learns_others else head.fc2.weight
    first = last if head.fc1 is None else head.fc1.weight
    # Pooling spreads its gradient evenly over the positions; flattening keeps one weight for each.
    is_flat = head.form == "flat"
    per_channel = first.reshape(-1, channels, positions).mean(dim=2) if is_flat else first / positions
    if head.fc1 is None:
        return per_channel.unsqueeze(0)
    is_active = (head.fc1(embedding) > 0).to(maps.dtype)  # (N, hidden)
    return torch.matmul(last * is_active.unsqueeze(1), per_channel)
