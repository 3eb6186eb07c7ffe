"""Whether int8 is to ship: as good as float32, faster, and the same whatever onnxruntime makes of its graph."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from export.batches import run
from export.heatmap_correlation import heatmap_correlations
from export.latency import median_latency
from export.model_file import opened
from export.result import Precision
from fovea import Model
from fovea.expected import TOLERANCE
from fovea.processor import described

COMPARED_IMAGES = 200  # with and without optimizations, and heatmap by heatmap
ROUNDS = 10  # of the two taking turns at one image


@dataclass(frozen=True)
class Judge:
    """How a task chooses: its figure on validation images, what int8 may lose of it, and how many images to accept."""

    name: str
    figure: Callable[[NDArray[Any], NDArray[np.int64]], float]  # of probabilities (N, K) and labels
    max_loss: float
    kept_share: float


def accuracy(probabilities: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    return float((probabilities.argmax(axis=1) == labels).mean())


BY_ACCURACY = Judge("accuracy", accuracy, max_loss=0.002, kept_share=0.95)


def compare(
    float_form: onnx.ModelProto,
    int8_form: onnx.ModelProto,
    pixels: NDArray[np.uint8],
    labels: NDArray[np.int64],
    judge: Judge,
    precision: Precision,
) -> tuple[bool, str]:
    """Whether int8 is to ship, and the reason in numbers. `pixels` are validation images."""
    models = float_model, int8_model = opened(float_form), opened(int8_form)
    figures = [judge.figure(run(model, pixels)["probabilities"], labels) for model in models]
    one = pixels[:1]
    latency = median_latency({"float": lambda: float_model.run(one), "int8": lambda: int8_model.run(one)}, ROUNDS)
    float_s, int8_s = latency["float"], latency["int8"]
    some = pixels[:: max(1, len(pixels) // COMPARED_IMAGES)]
    move = largest_move(int8_model, opened(int8_form, optimize=False), some)
    is_better = figures[0] - figures[1] <= judge.max_loss and int8_s < float_s and move <= TOLERANCE
    choice = "int8 is kept" if is_better else "float32 is kept"
    outcome = "int8 was asked for" if precision == "int8" else choice
    sentence = (
        f"int8 against float32 on {described()}: validation {judge.name} {figures[1]:.4f} against {figures[0]:.4f} "
        f"(n = {len(labels):,}), "
        f"median latency of one image {int8_s * 1000:.1f} ms against {float_s * 1000:.1f} ms ({ROUNDS} turns), "
        f"probabilities of {len(some)} validation images apart by at most {move:.4f} with and without onnxruntime's "
        f"optimizations (allowed: {TOLERANCE:g}): {outcome}."
    )
    if "heatmaps" in float_model.outputs:
        alike = heatmap_correlations(float_model, int8_model, some)
        sentence += (
            f" The two heatmaps of the answer correlate by {np.median(alike):.3f} (median of {len(alike)} validation "
            f"images, {np.quantile(alike, 0.05):.3f} at the 5th percentile)."
        )
    return is_better or precision == "int8", sentence


def largest_move(model: Model, other: Model, pixels: NDArray[np.uint8]) -> float:
    """The largest difference between two probabilities of the same image."""
    return float(np.abs(run(model, pixels)["probabilities"] - run(other, pixels)["probabilities"]).max())
