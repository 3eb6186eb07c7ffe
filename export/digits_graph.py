"""The graph of a digit network: calibrated probabilities, every layer's activation, and a score where it has one."""

from typing import Protocol, cast

import torch
from torch import Tensor, nn

from fovea import ModelSpec
from training.models.outlier_detector import NO_DIGIT, OutlierDetector

UNSET = 0.5  # until validation digits have set it; the exporter would drop a division by 1


class ShowsLayers(Protocol):
    """A network that gives the activation of each layer by name, the logits among them."""

    def feature_maps(self, pixels: Tensor) -> dict[str, Tensor]: ...


class DetectorScore(nn.Module):
    """Pixels to a score (N,): the detector's probability that they show no digit, divided by the threshold."""

    threshold: Tensor

    def __init__(self, detector: OutlierDetector) -> None:
        super().__init__()
        self.detector = detector
        self.register_buffer("threshold", torch.tensor(UNSET))

    def forward(self, pixels: Tensor) -> Tensor:
        probabilities: Tensor = self.detector(pixels).softmax(dim=1)
        return probabilities[:, NO_DIGIT] / self.threshold


class ExportedDigits(nn.Module):
    """The graph that ships; outputs are `output_names`, in order."""

    def __init__(self, network: nn.Module, spec: ModelSpec) -> None:
        super().__init__()
        self.network = network
        self.temperature = spec.temperature
        self.layers = tuple(layer.output for layer in spec.layers)
        detector = getattr(network, "detector", None)
        self.ood = None if detector is None else DetectorScore(detector)

    def forward(self, pixels: Tensor) -> tuple[Tensor, ...]:
        maps = cast(ShowsLayers, self.network).feature_maps(pixels)
        probabilities = (maps["logits"] / self.temperature).softmax(dim=1)
        score = () if self.ood is None else (self.ood(pixels),)
        return probabilities, *score, *(maps[layer] for layer in self.layers)

    @property
    def output_names(self) -> list[str]:
        return ["probabilities", *([] if self.ood is None else ["ood_score"]), *self.layers]
