"""Weights in half the bytes: stored as float16 with a Cast that onnxruntime folds, and computed with in float32.

A weight is rounded by at most 1 part in 2,048 of itself. What this moves is measured before such a file ships.
"""

from collections.abc import Collection

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from export.batches import run
from export.initializers import LEAST_WEIGHTS, stored_as_half
from export.judge import Judge, moved
from export.metadata import spec_of, with_spec
from export.model_file import opened
from export.ood import WHITENING
from fovea.expected import TOLERANCE

LAYERS = ("Conv", "Gemm", "MatMul")
SCORE_RTOL = 1e-3  # of the out-of-distribution score, or of its threshold where that is larger
SCORED_IMAGES = 50
TIED = 1e-3  # probabilities no further apart give another class at ties alone, which few images count too high
PRECISION = "float16 weights"


def with_half_weights(proto: onnx.ModelProto, pixels: NDArray[np.uint8]) -> onnx.ModelProto:
    """The model with the float32 weights of its convolutions and dense layers as float16.

    The whitening matrix of its score too, unless that moves a score of `pixels` (N, H, W, C) by more than a thousandth.
    """
    names = _weights(proto.graph)
    without = _stored(proto, names - {WHITENING})
    if WHITENING not in names:
        return without
    whole = _stored(proto, names)
    some = pixels[:: max(1, len(pixels) // SCORED_IMAGES)]
    scores = [run(opened(one), some, ("ood_score",))["ood_score"] for one in (without, whole)]
    apart = np.abs(scores[0] - scores[1]) / np.maximum(1, scores[0])
    return whole if apart.max() <= SCORE_RTOL else without


def _weights(graph: onnx.GraphProto) -> set[str]:
    """Constant matrices and filters, float32 and large enough, whose values float16 has."""
    used = {name for node in graph.node if node.op_type in LAYERS for name in node.input[:2]}
    return {
        tensor.name
        for tensor in graph.initializer
        if tensor.name in used
        and tensor.data_type == onnx.TensorProto.FLOAT
        and len(tensor.dims) > 1
        and np.prod(tensor.dims) >= LEAST_WEIGHTS
        and np.abs(numpy_helper.to_array(tensor)).max() <= np.finfo(np.float16).max
    }


def _stored(proto: onnx.ModelProto, names: Collection[str]) -> onnx.ModelProto:
    return with_spec(stored_as_half(proto, names), spec_of(proto))


def try_half(
    float_form: onnx.ModelProto,
    pixels: NDArray[np.uint8],
    labels: NDArray[np.int64],
    judge: Judge,
    *,
    is_wanted: bool = False,
) -> tuple[onnx.ModelProto | None, str]:
    """The form with float16 weights if it is to ship, else None, and the reasons in numbers.

    `pixels` are validation images. It ships where it loses no more than `judge` allows, or moves ties alone.
    `is_wanted` takes it whatever it loses.
    """
    proto = with_half_weights(float_form, pixels)
    full, found = (run(opened(one), pixels)["probabilities"] for one in (float_form, proto))
    loss = judge.figure(full, labels) - judge.figure(found, labels)
    move = moved(proto, found, pixels)
    apart = float(np.abs(found - full).max())
    is_good = (loss <= judge.max_loss or apart <= TIED) and move <= TOLERANCE
    outcome = "float16 was asked for" if is_wanted else "float16 is kept" if is_good else "float32 is kept"
    sizes = [one.ByteSize() / 1024 for one in (proto, float_form)]
    sentence = (
        f"Weights stored as float16 and computed with in float32, against float32: validation {judge.name} "
        f"{judge.figure(found, labels):.4f} against {judge.figure(full, labels):.4f} (n = {len(labels):,}). "
        f"Probabilities are at most {apart:.1e} apart. With and without onnxruntime's "
        f"optimizations it is {move:.1e}. The file has {sizes[0]:,.0f} KiB against {sizes[1]:,.0f}: {outcome}."
    )
    if loss > judge.max_loss and is_good:
        sentence += f" It moves ties alone, as no probability moves by more than {TIED:g}."
    return proto if is_good or is_wanted else None, sentence
