"""onnxruntime must give torch's answers on real images, output by output, or there is no export."""

from dataclasses import dataclass

import numpy as np
import torch

from export.to_onnx import Graph
from fovea import FoveaError, Model

PROBABILITY_ATOL = 1e-4
HEATMAP_ATOL = 1e-3
LAYER_RTOL = 1e-3  # of the layer's largest activation: its scale is the network's own


class ParityError(FoveaError):
    """The exported file does not give torch's answers."""


@dataclass(frozen=True)
class Parity:
    """Largest absolute difference of each output over `n` images; layers relative to their largest activation."""

    n: int
    differences: dict[str, float]


@torch.no_grad()
def check_parity(exported: Graph, model: Model, pixels: torch.Tensor, batch_size: int = 500) -> Parity:
    """Compare every output on `pixels` uint8 (N, H, W, C); raises ParityError where a tolerance is exceeded."""
    differences = dict.fromkeys(exported.output_names, 0.0)
    for batch in torch.split(pixels, batch_size):
        expected = dict(zip(exported.output_names, exported(batch), strict=True))
        actual = model.run(batch.numpy())
        for name in exported.output_names:
            difference = _difference(name, expected[name].numpy(), actual[name])
            differences[name] = float(np.maximum(differences[name], difference))  # NaN stays, and is refused
    for name, difference in differences.items():
        allowed = _tolerance(name)
        if not difference <= allowed:
            raise ParityError(
                f"The output {name} differs from torch by {difference:.2e} on {len(pixels):,} images. "
                f"The limit is {allowed:.0e}."
            )
    return Parity(len(pixels), differences)


def _tolerance(name: str) -> float:
    return {"probabilities": PROBABILITY_ATOL, "heatmaps": HEATMAP_ATOL}.get(name, LAYER_RTOL)


def _difference(name: str, expected: np.ndarray, actual: np.ndarray) -> float:
    if expected.shape != actual.shape:
        raise ParityError(f"The output {name} has shape {actual.shape}. Torch gives {expected.shape}.")
    scale = 1.0 if name in ("probabilities", "heatmaps") else max(float(np.abs(expected).max()), 1e-12)
    return float(np.abs(expected - actual).max()) / scale
