"""LeNet-5 as it is built today, in the layout of LeCun, Bottou, Bengio and Haffner 1998 (section II.B, figure 2).

Departures from the paper: every C3 map sees every S2 map (the paper's partial table broke symmetry and saved
connections on 1998 hardware), pooling has no weights, the output is linear with softmax instead of Euclidean RBF units.
`training.models.lenet5_classic` has the paper's own form. 61,706 parameters.
"""

from collections import OrderedDict
from typing import Literal

from torch import Tensor, nn

from training.models.normalize import MNIST_MEAN, MNIST_STD, Normalize
from training.models.outlier_detector import OutlierDetector

TITLES = {
    "conv1": "C1 convolution",
    "act1": "C1 activation",
    "pool1": "S2 pooling",
    "conv2": "C3 convolution",
    "act2": "C3 activation",
    "pool2": "S4 pooling",
    "conv3": "C5 convolution",
    "act3": "C5 activation",
    "fc1": "F6 units",
    "act4": "F6 activation",
    "logits": "Output",
}


class LeNet5(nn.Module):
    """28 x 28 pixels to 10 logits. Padding 2 in conv1 stands for the paper's 32 x 32 field.

    `dropout` acts on the 120 units of C5 in training only; `width` scales the number of maps and units of every layer.
    `has_detector` puts a detector of other drawings beside the network, which has no part in the logits.
    """

    titles = TITLES

    def __init__(
        self,
        *,
        num_classes: int = 10,
        activation: Literal["relu", "tanh"] = "relu",
        pooling: Literal["max", "average"] = "max",
        dropout: float = 0.0,
        width: float = 1.0,
        has_detector: bool = False,
    ) -> None:
        super().__init__()
        c1, c3, c5, f6 = (max(1, round(count * width)) for count in (6, 16, 120, 84))
        act = nn.ReLU if activation == "relu" else nn.Tanh
        pool = nn.MaxPool2d if pooling == "max" else nn.AvgPool2d
        self.normalize = Normalize([MNIST_MEAN], [MNIST_STD])
        self.features = nn.Sequential(
            OrderedDict(
                conv1=nn.Conv2d(1, c1, kernel_size=5, padding=2),  # (N, 6, 28, 28)
                act1=act(),
                pool1=pool(2),  # (N, 6, 14, 14)
                conv2=nn.Conv2d(c1, c3, kernel_size=5),  # (N, 16, 10, 10)
                act2=act(),
                pool2=pool(2),  # (N, 16, 5, 5)
                conv3=nn.Conv2d(c3, c5, kernel_size=5),  # (N, 120, 1, 1)
                act3=act(),
            )
        )
        self.classifier = nn.Sequential(
            OrderedDict(
                flatten=nn.Flatten(),  # (N, 120)
                dropout=nn.Dropout(dropout),
                fc1=nn.Linear(c5, f6),
                act4=act(),
                logits=nn.Linear(f6, num_classes),
            )
        )
        self.detector: OutlierDetector | None = OutlierDetector() if has_detector else None

    def forward(self, pixels: Tensor) -> Tensor:
        x = self.normalize(pixels)
        x = self.features(x)
        logits: Tensor = self.classifier(x)
        return logits

    def feature_maps(self, pixels: Tensor) -> dict[str, Tensor]:
        """The activation after every named layer, in order; the last is `logits`."""
        x = self.normalize(pixels)
        maps: dict[str, Tensor] = {}
        for name, layer in [*self.features.named_children(), *self.classifier.named_children()]:
            x = layer(x)
            if name in self.titles:
                maps[name] = x
        return maps
