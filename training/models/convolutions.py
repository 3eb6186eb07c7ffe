"""The convolutional part of a network alone, for published weights without dense layers."""

from collections.abc import Mapping

from torch import Tensor, nn


class Convolutions(nn.Module):
    """Pixels uint8 (N, H, W, 3) through `normalize` and the named layers of `features`; `titles` are their titles."""

    titles: Mapping[str, str]
    normalize: nn.Module
    features: nn.Sequential

    def feature_maps(self, pixels: Tensor) -> dict[str, Tensor]:
        """The activation after every layer, in order."""
        x = self.normalize(pixels)
        maps: dict[str, Tensor] = {}
        for name, layer in self.features.named_children():
            x = layer(x)
            maps[name] = x
        return maps

    def forward(self, pixels: Tensor) -> Tensor:
        """The last maps: (N, 256, 6, 6) for AlexNet, (N, 512, 7, 7) for VGG16."""
        maps: Tensor = self.features(self.normalize(pixels))
        return maps
