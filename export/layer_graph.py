"""A network as a list of its layers, each with what feeds it: the feature viewer shows them one by one."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from fovea import LayerKind
from fovea.listing import either
from training.models.alexnet import AlexNetFeatures
from training.models.googlenet import GoogLeNet, Inception
from training.models.lenet5 import LeNet5
from training.models.lenet5_classic import EuclideanRBF, LeNet5Classic, PartialConv2d, ScaledTanh, Subsampling
from training.models.transfer_net import TransferNet
from training.models.vgg16 import VGG16Features


class Concatenation(nn.Module):
    """The branches of a block, their maps one after another."""

    def forward(self, *branches: Tensor) -> Tensor:
        return torch.cat(branches, dim=1)


KINDS: dict[type[nn.Module], LayerKind] = {
    nn.Conv2d: "convolution",
    PartialConv2d: "convolution",
    nn.BatchNorm2d: "norm",
    nn.LocalResponseNorm: "norm",
    nn.ReLU: "activation",
    nn.Tanh: "activation",
    ScaledTanh: "activation",
    nn.MaxPool2d: "pooling",
    nn.AvgPool2d: "pooling",
    Subsampling: "pooling",
    nn.AdaptiveAvgPool2d: "pooling",
    nn.Linear: "dense",
    EuclideanRBF: "distance",
    Concatenation: "concatenation",
}


@dataclass(frozen=True)
class Step:
    """One layer. `inputs` are the names of the steps that feed it, none for the normalised image."""

    name: str
    title: str
    stage: str
    module: nn.Module
    inputs: tuple[str, ...]

    @property
    def kind(self) -> LayerKind:
        """`block` for several layers that are shown as one."""
        return KINDS.get(type(self.module), "block")

    def __call__(self, *inputs: Tensor) -> Tensor:
        is_flat = isinstance(self.module, nn.Linear)
        activation: Tensor = self.module(*(x.flatten(1) if is_flat else x for x in inputs))
        return activation


def steps(network: nn.Module) -> list[Step]:
    """The layers of a network that WALKS knows, in the order of their use; dropout and flattening are none."""
    walk = WALKS.get(type(network))
    if walk is None:
        known = either(kind.__name__ for kind in WALKS)
        raise TypeError(f"The network is a {type(network).__name__}. Choose {known}.")
    return list(walk(network))


def run_steps(graph: Sequence[Step], x: Tensor) -> dict[str, Tensor]:
    """The activation of every step for normalised images (N, C, H, W)."""
    maps: dict[str, Tensor] = {}
    for step in graph:
        maps[step.name] = step(*(maps[name] for name in step.inputs) if step.inputs else (x,))
    return maps


def _chain(
    layers: Mapping[str, nn.Module], titles: Mapping[str, str], stages: Mapping[str, str], before: tuple[str, ...] = ()
) -> Iterator[Step]:
    """Layers in a row, those that `titles` names."""
    for name, module in layers.items():
        if name in titles:
            yield Step(name, titles[name], stages[name], module, before)
            before = (name,)


def _alexnet(network: AlexNetFeatures) -> Iterator[Step]:
    layers = dict(network.features.named_children())
    return _chain(layers, network.titles, {name: f"Stage {name[-1]}" for name in layers})


def _vgg16(network: VGG16Features) -> Iterator[Step]:
    layers = dict(network.features.named_children())
    return _chain(layers, network.titles, {name: f"Block {name.partition('_')[0][-1]}" for name in layers})


# A layer's kind does not tell a mean from a maximum, nor tanh from ReLU: where it is not the usual, the title does.
UNUSUAL = {
    nn.AvgPool2d: ("pooling", "average pooling"),
    nn.Tanh: ("activation", "tanh"),
    ScaledTanh: ("activation", "scaled tanh"),
    PartialConv2d: ("convolution", "partial convolution"),
}
LENET5_STAGES = {"1": "C1, S2", "2": "C3, S4", "3": "C5"}


def _lenet5(network: LeNet5) -> Iterator[Step]:
    layers = _children(network)
    stages = {name: LENET5_STAGES.get(name[-1], "F6") for name in layers} | {"fc1": "F6", "logits": "Output"}
    return _chain(layers, _telling(network.titles, layers), stages)


def _lenet5_classic(network: LeNet5Classic) -> Iterator[Step]:
    """Seven stages: the paper counts S2 and S4, which learn."""
    layers = _children(network)
    stages = {name: title.split()[0] for name, title in network.titles.items()}
    return _chain(layers, _telling(network.titles, layers), stages)


def _children(network: LeNet5 | LeNet5Classic) -> dict[str, nn.Module]:
    return dict([*network.features.named_children(), *network.classifier.named_children()])


def _telling(titles: Mapping[str, str], layers: Mapping[str, nn.Module]) -> dict[str, str]:
    return {name: title.replace(*UNUSUAL.get(type(layers[name]), ("", ""))) for name, title in titles.items()}


# the parts of a block in the order of figure 2(b), with the names of table 1
BRANCHES = {
    "branch1x1": {"": "1 x 1"},
    "branch3x3": {"0": "3 x 3 reduce", "1": "3 x 3"},
    "branch5x5": {"0": "5 x 5 reduce", "1": "5 x 5"},
    "branch_pool": {"0": "pool", "1": "pool projection"},
}
PARTS = {
    "conv": "convolution",
    "bn": "batch norm",
    "act": "activation",
    "white": "whitening",
    "rectified": "activation",
    "mix": "1 x 1",
}


def _googlenet(network: GoogLeNet) -> Iterator[Step]:
    x: tuple[str, ...] = ()
    for step in _parts(network.stem, "stem", "Stem", "Stem", x):
        yield step
        x = (step.name,)
    for name, block in network.blocks.items():
        stage = name.removeprefix("inception") if isinstance(block, Inception) else f"Pool {name[-1]}"
        for step in _block(block, name, stage, x) if isinstance(block, Inception) else _pool(block, name, stage, x):
            yield step
        x = (step.name,)
    head = network.head
    yield Step("average", "Average of each map", "Head", head.embed.get_submodule("0"), x)
    yield Step("logits", "Output", "Head", head.fc2, ("average",))


def _transfer(network: TransferNet) -> Iterator[Step]:
    """The stages at which a backbone can be cut, each as one layer, then the head."""
    x: tuple[str, ...] = ()
    for name, stage in network.stages.named_children():
        yield Step(name, name, "Backbone", stage, x)
        x = (name,)
    head = network.head
    if head.form == "pooled":
        yield Step("average", "Average of each map", "Head", head.embed.get_submodule("0"), x)
        x = ("average",)
    if head.fc1 is not None:
        yield Step("hidden", "Hidden units", "Head", head.fc1, x)
        yield Step("hidden.act", "Hidden units, activation", "Head", nn.ReLU(), ("hidden",))
        x = ("hidden.act",)
    yield Step("logits", "Output", "Head", head.fc2, x)


def _pool(module: nn.Module, name: str, stage: str, x: tuple[str, ...]) -> Iterator[Step]:
    yield Step(name, "Pooling", stage, module, x)


def _block(block: Inception, name: str, stage: str, x: tuple[str, ...]) -> Iterator[Step]:
    """The four branches, then their maps together under the block's own name."""
    ends = []
    for branch, parts in BRANCHES.items():
        before = x
        for part, title in parts.items():
            path = f"{branch}.{part}" if part else branch
            for step in _parts(block.get_submodule(path), f"{name}.{path}", title.capitalize(), stage, before):
                yield step
                before = (step.name,)
        ends.append(before[0])
    yield Step(name, "All four branches", stage, Concatenation(), tuple(ends))


def _parts(module: nn.Module, name: str, title: str, stage: str, x: tuple[str, ...]) -> Iterator[Step]:
    """A layer alone, or the layers of a sequence, one in another's place."""
    if type(module) in KINDS:
        yield Step(name, title, stage, module, x)
        return
    for part, inner in module.named_children():
        inner_title = f"{title}, {PARTS[part]}" if part in PARTS else f"{title}, {part}"
        for step in _parts(inner, f"{name}.{part}", inner_title, stage, x):
            yield step
            x = (step.name,)


WALKS: dict[type[nn.Module], Callable[..., Iterator[Step]]] = {
    AlexNetFeatures: _alexnet,
    VGG16Features: _vgg16,
    LeNet5: _lenet5,
    LeNet5Classic: _lenet5_classic,
    GoogLeNet: _googlenet,
    TransferNet: _transfer,
}
