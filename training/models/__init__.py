"""One paper per file. `build` makes a network from the architecture name that its spec holds."""

from collections.abc import Callable
from typing import Any

from torch import nn

from fovea.listing import either
from training.models.alexnet import AlexNet, AlexNetFeatures
from training.models.cifar_resnet import CifarResNet
from training.models.googlenet import GoogLeNet
from training.models.inception_v3 import InceptionV3
from training.models.lenet5 import LeNet5
from training.models.lenet5_classic import LeNet5Classic
from training.models.mlp import MLP
from training.models.resnet50 import ResNet50
from training.models.sigmoid_net import SigmoidNet
from training.models.vgg16 import VGG16, VGG16Features

ARCHITECTURES: dict[str, Callable[..., nn.Module]] = {
    "lenet5": LeNet5,
    "lenet5_classic": LeNet5Classic,
    "mlp": MLP,
    "alexnet": AlexNet,
    "alexnet_features": AlexNetFeatures,
    "vgg16": VGG16,
    "vgg16_features": VGG16Features,
    "googlenet": GoogLeNet,
    "inception_v3": InceptionV3,
    "resnet50": ResNet50,
    "cifar_resnet": CifarResNet,
    "sigmoid_net": SigmoidNet,
}
TRANSFER = "transfer/"  # in front of a backbone's name


def build(architecture: str, **options: Any) -> nn.Module:
    """A freshly initialised network; `options` go to its constructor. `transfer/NAME` is a backbone with a head."""
    if architecture.startswith(TRANSFER):
        from training.models.transfer_net import build_transfer  # timm takes seconds to import; digits need none of it

        return build_transfer(architecture.removeprefix(TRANSFER), **options)
    if architecture not in ARCHITECTURES:
        raise ValueError(
            f"The architecture is {architecture!r}. Choose {either([*ARCHITECTURES, f'{TRANSFER}BACKBONE'])}."
        )
    return ARCHITECTURES[architecture](**options)
