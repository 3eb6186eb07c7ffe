"""What the spec says of each layer of a network: window, costs, receptive field, and where its kernels are."""

from collections.abc import Mapping, Sequence

import torch
from torch import nn

from export.layer_graph import Step, run_steps
from fovea import Layer, ReceptiveField
from training.models.costs import layer_costs
from training.models.lenet5_classic import Field, PartialConv2d, Subsampling
from training.models.receptive_field import PIXELS, joined, through

WINDOWED = (nn.Conv2d, PartialConv2d, nn.MaxPool2d, nn.AvgPool2d, Subsampling)
WITH_KERNELS = ("convolution", "distance")


def describe(network: nn.Module, graph: Sequence[Step], pixels_shape: tuple[int, int, int]) -> tuple[Layer, ...]:
    """A Layer for each step, for images of (H, W, C). `network.normalize` stands in front of the steps."""
    normalize = network.get_submodule("normalize")
    seen = through(PIXELS, 1, padding=normalize.border) if isinstance(normalize, Field) else PIXELS
    with torch.no_grad():
        x = normalize(torch.zeros(1, *pixels_shape, dtype=torch.uint8))
        shapes = {"": tuple(x.shape[1:])} | {name: tuple(y.shape[1:]) for name, y in run_steps(graph, x).items()}
    costs = {cost.name: cost.multiply_adds for cost in layer_costs(network, pixels_shape)}
    names = {module: path for path, module in network.named_modules()}
    fields = receptive_fields(graph, shapes, seen)

    def work(step: Step) -> int:
        """Of the step's module and all inside it."""
        return sum(costs.get(names.get(inner, ""), 0) for inner in step.module.modules())

    return tuple(_layer(step, shapes, fields.get(step.name), work(step)) for step in graph)


def receptive_fields(
    graph: Sequence[Step], shapes: Mapping[str, tuple[int, ...]], seen: ReceptiveField = PIXELS
) -> dict[str, ReceptiveField]:
    """The receptive field of each step's units; none is known of a block, and of what comes behind one.

    `shapes` are those of the steps, and of the normalised image under "". `seen` is what a place of that image sees.
    """
    fields = {"": seen}
    for step in graph:
        if step.kind == "block" or not all(name in fields for name in step.inputs):
            continue
        before = joined([fields[name] for name in step.inputs or ("",)])
        kernel_size, stride, padding, _groups = window(step.module)
        if kernel_size:
            fields[step.name] = through(before, kernel_size, stride, padding)
        elif isinstance(step.module, nn.Linear | nn.AdaptiveAvgPool2d):  # a window as large as all its maps
            shape = shapes[step.inputs[0] if step.inputs else ""]
            fields[step.name] = through(before, shape[1] if len(shape) == 3 else 1)
        else:
            fields[step.name] = before
    return fields


def window(module: nn.Module) -> tuple[int, int, int, int]:
    """Kernel size, stride, padding and groups; zeros for a layer without a window. All windows here are square."""
    if not isinstance(module, WINDOWED):
        return 0, 0, 0, 0
    groups = module.groups if isinstance(module, nn.Conv2d) else 1
    padding = module.padding
    assert not isinstance(padding, str)  # "same" and "valid" occur in none of these networks
    return _one(module.kernel_size), _one(module.stride), _one(padding), groups


def kernels_name(step: Step) -> str:
    """The constant output that holds the weights of a convolution, or what a distance is measured to."""
    return f"{step.name}.kernels"


def _layer(step: Step, shapes: Mapping[str, tuple[int, ...]], field: ReceptiveField | None, work: int) -> Layer:
    kernel_size, stride, padding, groups = window(step.module)
    return Layer(
        output=step.name,
        title=step.title,
        shape=shapes[step.name],
        parameters=sum(parameter.numel() for parameter in step.module.parameters()),
        kind=step.kind,
        stage=step.stage,
        inputs=step.inputs,
        kernel_size=kernel_size,
        stride=stride,
        padding=padding,
        groups=groups,
        multiply_adds=work,
        receptive_field=field,
        kernels=kernels_name(step) if step.kind in WITH_KERNELS else None,
    )


def _one(sides: int | tuple[int, ...]) -> int:
    if isinstance(sides, int):
        return sides
    if len(set(sides)) != 1:
        raise ValueError(f"The window is {' x '.join(map(str, sides))}. It must be square.")
    return sides[0]
