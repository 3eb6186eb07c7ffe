"""What a network costs: shapes, parameters and multiply-adds, layer by layer, from one pass without numbers."""

from dataclasses import dataclass
from math import prod

import torch
from torch import Tensor, nn


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

    In evaluation mode, so auxiliary classifiers do not count. Batch norm, pooling and activations have no multiply-adds
    here, as in the papers' own counts.
    """
    found: list[LayerCost] = []
    names = {layer: name for name, layer in network.named_modules()}

    def note(layer: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> None:
        assert isinstance(layer, nn.Conv2d | nn.Linear)
        is_conv = isinstance(layer, nn.Conv2d)
        shape = tuple(output.shape[1:])
        found.append(
            LayerCost(
                name=names[layer],
                kind="convolution" if is_conv else "dense",
                kernel=layer.kernel_size[0] if isinstance(layer, nn.Conv2d) else 1,
                shape=shape,
                parameters=sum(parameter.numel() for parameter in layer.parameters()),
                multiply_adds=prod(shape) * layer.weight[0].numel(),
            )
        )

    hooks = [
        layer.register_forward_hook(note) for layer in network.modules() if isinstance(layer, nn.Conv2d | nn.Linear)
    ]
    was_training = network.training
    device = next(network.parameters()).device
    with torch.no_grad():
        network.eval()(torch.zeros(1, *pixels_shape, dtype=torch.uint8, device=device))
    network.train(was_training)
    for hook in hooks:
        hook.remove()
    return found
