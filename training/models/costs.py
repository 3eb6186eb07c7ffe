"""What a network costs: shapes, parameters and multiply-adds, layer by layer, from one pass without numbers."""

from dataclasses import dataclass
from math import prod

import torch
from torch import Tensor, nn

from training.models.lenet5_classic import PartialConv2d

COUNTED = (nn.Conv2d, nn.Linear, PartialConv2d)


@dataclass(frozen=True)
class LayerCost:
    """One layer with weights. `shape` is its output's, without the batch axis; `kernel` is 1 for dense layers."""

    name: str
    kind: str
    kernel: int
    shape: tuple[int, ...]
    parameters: int
    multiply_adds: int


def layer_costs(network: nn.Module, pixels_shape: tuple[int, int, int]) -> list[LayerCost]:
    """Convolutions and dense layers in the order of their use for one image of (H, W, C); `network` may be on `meta`.

    In evaluation mode, so auxiliary classifiers do not count. Pooling, activations and what has a number for each
    channel, such as batch norm, have no multiply-adds here, as in the papers' own counts. Raises TypeError for a layer
    with weights of its own that is not among those counted.
    """
    found: list[LayerCost] = []
    names = {layer: name for name, layer in network.named_modules()}

    def note(layer: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> None:
        if not isinstance(layer, COUNTED):
            if has_matrix(layer):
                raise TypeError(f"The multiply-adds of {names[layer]}, a {type(layer).__name__}, are not counted yet.")
            return
        shape = tuple(output.shape[1:])
        found.append(
            LayerCost(
                name=names[layer],
                kind="dense" if isinstance(layer, nn.Linear) else "convolution",
                kernel=1 if isinstance(layer, nn.Linear) else layer.kernel_size[0],
                shape=shape,
                parameters=sum(parameter.numel() for parameter in layer.parameters()),
                multiply_adds=multiply_adds(layer, shape),
            )
        )

    hooks = [layer.register_forward_hook(note) for layer in network.modules()]
    was_training = network.training
    device = next(network.parameters()).device
    with torch.no_grad():
        network.eval()(torch.zeros(1, *pixels_shape, dtype=torch.uint8, device=device))
    network.train(was_training)
    for hook in hooks:
        hook.remove()
    return found


def multiply_adds(layer: nn.Conv2d | nn.Linear | PartialConv2d, shape: tuple[int, ...]) -> int:
    """Of one of COUNTED whose output is of `shape`."""
    if isinstance(layer, PartialConv2d):
        return prod(shape[1:]) * sum(int(kernel.numel()) for kernel in layer.kernels)
    return prod(shape) * layer.weight[0].numel()


def has_matrix(layer: nn.Module) -> bool:
    """Whether a parameter of its own has more than a number for each channel."""
    return any(parameter.numel() > max(parameter.shape, default=1) for parameter in layer.parameters(recurse=False))
