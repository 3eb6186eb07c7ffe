"""Backbones for transfer: a network as a row of named stages, each applied to what the one before it gives."""

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Any

import timm
import torch
from torch import Tensor, nn

from fovea import FoveaError
from fovea.listing import either
from training.models import inception_v3, resnet50_v2, vgg16
from training.models.normalize import IMAGENET_MEAN, IMAGENET_STD


class BackboneError(FoveaError):
    """No such backbone, or one whose last output is not a stack of maps."""


@dataclass(frozen=True)
class Backbone:
    """`module` carries its publisher's parameter names; `stages` are parts of it, in order.

    `mean` and `std` are per channel, on the 0..1 scale. `tune_from` names the stage that fine-tuning starts at.
    """

    module: nn.Module
    stages: "OrderedDict[str, nn.Module]"
    mean: tuple[float, ...]
    std: tuple[float, ...]
    tune_from: str

    def until(self, last_stage: str) -> "Backbone":
        """The same without the stages behind `last_stage`. Raises BackboneError where there is no such stage."""
        if last_stage not in self.stages:
            raise BackboneError(f"The stage is {last_stage!r}. Choose {either(self.stages)}.")
        names = list(self.stages)
        kept = OrderedDict((name, self.stages[name]) for name in names[: names.index(last_stage) + 1])
        tune_from = self.tune_from if self.tune_from in kept else last_stage
        return replace(self, stages=kept, tune_from=tune_from)


def build_backbone(name: str, *, has_stem_norm: bool = False) -> Backbone:
    """`vgg16`, `inception_v3`, `resnet50` (v2), or any convolutional network that timm names; freshly initialised.

    `has_stem_norm` is for `resnet50`: the form of the ONNX model zoo.
    """
    if name == "vgg16":
        vgg = vgg16.VGG16()
        return Backbone(vgg, vgg16.stages(vgg.features), IMAGENET_MEAN, IMAGENET_STD, "block5")
    if name == "inception_v3":
        stages = inception_v3.stages()
        return Backbone(nn.Sequential(stages), stages, inception_v3.MEAN, inception_v3.STD, "Mixed_6e")
    if name == "resnet50":
        network = resnet50_v2.resnet50_v2(has_stem_norm)
        mean, std = (resnet50_v2.ZOO_MEAN, resnet50_v2.ZOO_STD) if has_stem_norm else _published(network)
        return Backbone(network, resnet50_v2.stages(network), mean, std, "stage3")
    return from_timm(name)


def from_timm(name: str, **options: Any) -> Backbone:
    """Any network of timm that is a row of stages; `options` go to `timm.create_model`. Raises BackboneError."""
    if name not in timm.list_models():
        raise BackboneError(f"The backbone is {name!r}. Choose vgg16, inception_v3, resnet50 or a name of timm's.")
    mean, std = _published(timm.create_model(name, pretrained=False))
    try:
        features = timm.create_model(name, features_only=True, **options)
    except (RuntimeError, AttributeError) as error:
        raise BackboneError(f"The backbone {name!r} gives no feature maps. Choose a convolutional one.") from error
    if not isinstance(features, nn.ModuleDict):
        raise BackboneError(f"The backbone {name!r} is not a row of stages in timm. Choose a ResNet, VGG or ConvNeXt.")
    stages = OrderedDict(features.items())
    return Backbone(features, stages, mean, std, next(reversed(stages)))


def _published(network: nn.Module) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The mean and std that timm states for the network's weights."""
    published: dict[str, Any] = vars(network)["pretrained_cfg"]  # as an attribute torch types it a tensor or a module
    return tuple(published["mean"]), tuple(published["std"])


@torch.no_grad()
def output_shape(stages: nn.Module, height: int, width: int) -> tuple[int, int, int]:
    """Channels, height and width of the maps that `stages` give for one image."""
    was_training = stages.training
    maps: Tensor = stages.eval()(torch.zeros(1, 3, height, width))
    stages.train(was_training)
    if maps.ndim != 4:
        raise BackboneError(f"The backbone's output has {maps.ndim} axes. It must have the shape (N, C, H, W).")
    _, channels, rows, columns = maps.shape
    return channels, rows, columns
