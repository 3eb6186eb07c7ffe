"""Whether a drawing is one digit: a small network beside LeNet-5, trained by outlier exposure.

Hendrycks, Mazeika and Dietterich 2019, "Deep anomaly detection with outlier exposure": what a detector learns from
outliers of a few kinds holds for others. It is a network of its own, so that LeNet-5 stays the paper's.
"""

from torch import Tensor, nn

from training.models.normalize import MNIST_MEAN, MNIST_STD, Normalize

DIGIT, NO_DIGIT = 0, 1
CHANNELS = 16


class OutlierDetector(nn.Module):
    """28 x 28 pixels to two logits (N, 2): of DIGIT and NO_DIGIT. 32,818 parameters."""

    def __init__(self, channels: int = CHANNELS) -> None:
        super().__init__()
        self.normalize = Normalize([MNIST_MEAN], [MNIST_STD])
        self.layers = nn.Sequential(
            *_convolution(1, channels),
            nn.MaxPool2d(2),  # (N, 16, 14, 14)
            *_convolution(channels, 2 * channels),
            *_convolution(2 * channels, 2 * channels),
            nn.MaxPool2d(2),  # (N, 32, 7, 7)
            *_convolution(2 * channels, 4 * channels),
            nn.MaxPool2d(7),  # (N, 64, 1, 1): a part that no digit has counts wherever it stands
            nn.Flatten(),
            nn.Dropout(0.2),
            nn.Linear(4 * channels, 2),
        )

    def forward(self, pixels: Tensor) -> Tensor:
        logits: Tensor = self.layers(self.normalize(pixels))
        return logits


def _convolution(in_channels: int, out_channels: int) -> tuple[nn.Module, ...]:
    return nn.Conv2d(in_channels, out_channels, 3, padding=1, bias=False), nn.BatchNorm2d(out_channels), nn.ReLU()
