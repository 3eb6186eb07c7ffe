"""ResNet-50 v2, He et al. 2016, "Identity Mappings in Deep Residual Networks": pre-activation blocks, timm's names."""

from collections import OrderedDict

import timm
from torch import Tensor, nn

# The ONNX model zoo's resnet50-v2 starts with a fixed batch norm behind ImageNet's mean and std; both in one step.
_IMAGENET = ((0.485, 0.229), (0.456, 0.224), (0.406, 0.225))
_INPUT_NORM = ((-0.1431, 1.5545), (-0.1352, 1.5501), (-0.1264, 1.5743))  # mean, variance
ZOO_MEAN = tuple(mean + std * inner for (mean, std), (inner, _) in zip(_IMAGENET, _INPUT_NORM, strict=True))
ZOO_STD = tuple(std * variance**0.5 for (_, std), (_, variance) in zip(_IMAGENET, _INPUT_NORM, strict=True))


def resnet50_v2(has_stem_norm: bool) -> nn.Module:
    """timm's `resnetv2_50`; `has_stem_norm` adds the model zoo's batch norm and ReLU between stem and pooling."""
    network = timm.create_model("resnetv2_50", pretrained=False)
    if has_stem_norm:
        conv, pool = network.get_submodule("stem.conv"), network.get_submodule("stem.pool")
        network.stem = nn.Sequential(OrderedDict(conv=conv, norm=_NormReLU(64), pool=pool))
    return network


class _NormReLU(nn.BatchNorm2d):
    """Batch norm and ReLU under the names of a batch norm alone."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x).relu()


def stages(network: nn.Module) -> "OrderedDict[str, nn.Module]":
    """`stem`, `stage1` to `stage4` and the closing `norm`, sharing the layers of `network`."""
    named: OrderedDict[str, nn.Module] = OrderedDict(stem=network.get_submodule("stem"))
    for number, stage in enumerate(network.get_submodule("stages").children(), start=1):
        named[f"stage{number}"] = stage
    named["norm"] = network.get_submodule("norm")
    return named
