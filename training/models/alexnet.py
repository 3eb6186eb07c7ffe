"""AlexNet, Krizhevsky, Sutskever and Hinton 2012, "ImageNet Classification with Deep Convolutional Neural Networks".

The original two-group form of section 3.5: conv2, conv4 and conv5 see the half of the maps that lay on the same GPU.
The input is 227 x 227: with the paper's 224 the 55 x 55 maps of figure 2 do not come out.
"""

from collections import OrderedDict
from dataclasses import dataclass

from torch import Tensor, nn

from training.models.convolutions import Convolutions
from training.models.normalize import Normalize

MEAN_255 = (123.0, 117.0, 104.0)  # RGB, of the published weights; their scale is 0..255, so the deviation is 1


@dataclass(frozen=True)
class ResponseNorm:
    """Local response normalisation (section 3.3): x / (k + alpha / size * sum of x^2 over `size` maps) ** beta."""

    size: int = 5
    alpha: float = 5e-4  # the paper's 1e-4 is not divided by its n = 5
    beta: float = 0.75
    k: float = 2.0

    def layer(self) -> nn.LocalResponseNorm:
        return nn.LocalResponseNorm(self.size, self.alpha, self.beta, self.k)


PAPER_NORM = ResponseNorm()
PUBLISHED_NORM = ResponseNorm(alpha=1e-4, k=1.0)  # with which the published weights were trained

TITLES = {
    f"{kind}{number}": f"{title} {number}"
    for number in range(1, 6)
    for kind, title in {
        "conv": "Convolution",
        "act": "Activation",
        "norm": "Response norm",
        "pool": "Pooling",
    }.items()
    if kind in ("conv", "act") or (kind == "norm" and number <= 2) or (kind == "pool" and number in (1, 2, 5))
}


def convolutions(norm: ResponseNorm) -> nn.Sequential:
    """conv1 to pool5, from (N, 3, 227, 227) to (N, 256, 6, 6)."""
    return nn.Sequential(
        OrderedDict(
            conv1=nn.Conv2d(3, 96, 11, stride=4),  # (N, 96, 55, 55)
            act1=nn.ReLU(),
            norm1=norm.layer(),
            pool1=nn.MaxPool2d(3, 2),  # (N, 96, 27, 27)
            conv2=nn.Conv2d(96, 256, 5, padding=2, groups=2),
            act2=nn.ReLU(),
            norm2=norm.layer(),
            pool2=nn.MaxPool2d(3, 2),  # (N, 256, 13, 13)
            conv3=nn.Conv2d(256, 384, 3, padding=1),
            act3=nn.ReLU(),
            conv4=nn.Conv2d(384, 384, 3, padding=1, groups=2),
            act4=nn.ReLU(),
            conv5=nn.Conv2d(384, 256, 3, padding=1, groups=2),
            act5=nn.ReLU(),
            pool5=nn.MaxPool2d(3, 2),  # (N, 256, 6, 6)
        )
    )


class AlexNet(nn.Module):
    """60,965,224 parameters for 1,000 classes; pixels uint8 (N, 227, 227, 3) to logits."""

    titles = TITLES

    def __init__(self, *, num_classes: int = 1000, dropout: float = 0.5, norm: ResponseNorm = PAPER_NORM) -> None:
        super().__init__()
        self.normalize = Normalize([mean / 255 for mean in MEAN_255], [1 / 255] * 3)
        self.features = convolutions(norm)
        self.classifier = nn.Sequential(
            OrderedDict(
                flatten=nn.Flatten(),  # (N, 9216)
                dropout6=nn.Dropout(dropout),
                fc6=nn.Linear(256 * 6 * 6, 4096),
                act6=nn.ReLU(),
                dropout7=nn.Dropout(dropout),
                fc7=nn.Linear(4096, 4096),
                act7=nn.ReLU(),
                logits=nn.Linear(4096, num_classes),
            )
        )

    def forward(self, pixels: Tensor) -> Tensor:
        logits: Tensor = self.classifier(self.features(self.normalize(pixels)))
        return logits


class AlexNetFeatures(Convolutions):
    """The convolutional part alone, for the published weights of conv1 to conv5: 2,334,080 parameters."""

    titles = TITLES

    def __init__(self) -> None:
        super().__init__()
        self.normalize = Normalize([mean / 255 for mean in MEAN_255], [1 / 255] * 3)
        self.features = convolutions(PUBLISHED_NORM)

    def load_published(self, weights: dict[str, Tensor]) -> None:
        """`convN.weight` and `convN.bias` of the published file. Raises RuntimeError where one is missing."""
        self.features.load_state_dict(weights)


def initialise(network: AlexNet) -> None:
    """Section 5: weights of deviation 0.01; biases 1 in conv2, conv4, conv5 and the hidden dense layers, else 0."""
    with_ones = ("conv2", "conv4", "conv5", "fc6", "fc7")
    for name, layer in network.named_modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.normal_(layer.weight, std=0.01)
            assert layer.bias is not None
            nn.init.constant_(layer.bias, float(name.rpartition(".")[2] in with_ones))
