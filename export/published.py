"""Networks whose ImageNet weights others published: their convolutions, read from a file."""

from dataclasses import dataclass
from pathlib import Path

from safetensors.torch import load_file

from training.models import build
from training.models.alexnet import AlexNetFeatures
from training.models.vgg16 import VGG16Features


@dataclass(frozen=True)
class Published:
    """A network of convolutions alone. `file` is the usual name of its weights, `size` its input's side in pixels."""

    title: str
    architecture: str
    file: str
    size: int
    shown: str
    licence: str

    def read(self, weights: Path) -> AlexNetFeatures | VGG16Features:
        """The network with `weights` (.safetensors). Raises FileNotFoundError."""
        if not weights.is_file():
            raise FileNotFoundError(
                f"There is no file {weights}. Name {self.title}'s published convolutions (.safetensors) with "
                "`--weights FILE`."
            )
        network = build(self.architecture)
        assert isinstance(network, AlexNetFeatures | VGG16Features)
        network.load_published({name: tensor.float() for name, tensor in load_file(weights).items()})
        return network


PUBLISHED = {
    "alexnet": Published(
        title="AlexNet",
        architecture="alexnet_features",
        file="alexnet_conv.safetensors",
        size=227,
        shown="five convolutional stages",
        licence="Apache-2.0 (Caffe's reference weights, in Q7.8 fixed point, from KhronosGroup/OpenVX-cts)",
    ),
    "vgg16": Published(
        title="VGG16",
        architecture="vgg16_features",
        file="vgg16_features.safetensors",
        size=224,
        shown="13 convolutions",
        licence="BSD-3-Clause (the weights that torchvision publishes, those of the convolutions in half precision)",
    ),
}
