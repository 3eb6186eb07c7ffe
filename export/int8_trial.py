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
from export.quantize import CALIBRATIONS, Calibration, quantized
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


@dataclass(frozen=True)
class _Trial:
    """One int8 form: its figure on validation images, and how far the optimizations move a probability."""

    calibration: Calibration
    proto: onnx.ModelProto
    figure: float
    move: float

    @property
    def is_steady(self) -> bool:
        return self.move <= TOLERANCE

    def __str__(self) -> str:
        return f"{self.calibration} {self.figure:.4f} (apart by {self.move:.4f})"


def try_int8(
    float_form: onnx.ModelProto,
    training_pixels: NDArray[np.uint8],
    pixels: NDArray[np.uint8],
    labels: NDArray[np.int64],
    judge: Judge,
    *,
    is_wanted: bool = False,
) -> tuple[onnx.ModelProto | None, str]:
    """The int8 form that is to ship, or None, and the reasons in numbers.

    Ranges of activations come from `training_pixels`, the choice from `pixels` of validation images. `is_wanted` takes
    the best form, whatever it loses.
    """
    float_model = opened(float_form)
    figure = judge.figure(run(float_model, pixels)["probabilities"], labels)
    some = pixels[:: max(1, len(pixels) // COMPARED_IMAGES)]
    trials = [_tried(float_form, calibration, training_pixels, pixels, labels, judge) for calibration in CALIBRATIONS]
    best = max(trials, key=lambda trial: (trial.is_steady, trial.figure))
    int8_model = opened(best.proto)
    latency = median_latency(
        {"float": lambda: float_model.run(pixels[:1]), "int8": lambda: int8_model.run(pixels[:1])}, ROUNDS
    )
    is_better = best.is_steady and figure - best.figure <= judge.max_loss and latency["int8"] < latency["float"]
    outcome = "int8 was asked for" if is_wanted else "int8 is kept" if is_better else "float32 is kept"
    sentence = (
        f"int8 against float32 on {described()}: validation {judge.name} {best.figure:.4f} against {figure:.4f} "
        f"(n = {len(labels):,}), "
        f"median latency of one image {latency['int8'] * 1000:.1f} ms against {latency['float'] * 1000:.1f} ms "
        f"({ROUNDS} turns): {outcome}. Ranges of activations by {', '.join(map(str, trials))}: {best.calibration} is "
        f"taken. In brackets is the largest difference of a probability of {len(some)} validation images with and "
        f"without onnxruntime's optimizations, {TOLERANCE:g} at most for a file that ships by itself."
    )
    if "heatmaps" in float_model.outputs:
        alike = heatmap_correlations(float_model, int8_model, some)
        sentence += (
            f" The two heatmaps of the answer correlate by {np.median(alike):.3f} (median of {len(alike)} validation "
            f"images, {np.quantile(alike, 0.05):.3f} at the 5th percentile)."
        )
    return best.proto if is_better or is_wanted else None, sentence


def _tried(
    float_form: onnx.ModelProto,
    calibration: Calibration,
    training_pixels: NDArray[np.uint8],
    pixels: NDArray[np.uint8],
    labels: NDArray[np.int64],
    judge: Judge,
) -> _Trial:
    proto = quantized(float_form, training_pixels, calibration)
    found = run(opened(proto), pixels)["probabilities"]
    step = max(1, len(pixels) // COMPARED_IMAGES)
    plain = run(opened(proto, optimize=False), pixels[::step])["probabilities"]
    return _Trial(calibration, proto, judge.figure(found, labels), float(np.abs(found[::step] - plain).max()))
