"""A fully connected network, with which LeCun, Bottou, Bengio and Haffner 1998 compare LeNet-5 (section III.C)."""

from collections import OrderedDict
from collections.abc import Sequence

from torch import Tensor, nn

from training.models.normalize import MNIST_MEAN, MNIST_STD, Normalize


class MLP(nn.Module):
    """Pixels uint8 (N, 28, 28, 1) through `hidden` layers of ReLU units to logits.

    One hidden layer of 77 units has 61,225 parameters, LeNet-5 61,706.
    """

    def __init__(self, *, hidden: Sequence[int] = (77,), num_classes: int = 10, dropout: float = 0.0) -> None:
        super().__init__()
        self.normalize = Normalize([MNIST_MEAN], [MNIST_STD])
        layers: OrderedDict[str, nn.Module] = OrderedDict(flatten=nn.Flatten())  # (N, 784)
        units = 28 * 28
        for number, width in enumerate(hidden, start=1):
            layers[f"fc{number}"] = nn.Linear(units, width)
            layers[f"act{number}"] = nn.ReLU()
            layers[f"dropout{number}"] = nn.Dropout(dropout)
            units = width
        layers["logits"] = nn.Linear(units, num_classes)
        self.layers = nn.Sequential(layers)

    def forward(self, pixels: Tensor) -> Tensor:
        logits: Tensor = self.layers(self.normalize(pixels))
        return logits
