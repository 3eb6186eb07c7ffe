"""Steps of int8 whose sums are exact in float32, so that every processor gives the same answers.

An int8 file says: take the integers times their steps, convolve, and round to steps again. Integer kernels do that
without an error, floating-point kernels with one of about 1e-7. Where a sum lies that close to the middle between two
steps, one of them rounds up and the other down. In the first layer of Inception-v3 that moves 2 numbers in a million,
but each shifts the sums of the next layer, of which more cross a middle then: the share grows by 6 from layer to layer,
to 10 % of all numbers after 60 layers, and probabilities move by up to 0.06. No layer is to blame, and none that stays
float mends it.

With activations in steps of powers of two, and weights in steps of three significant bits, products and sums are whole
multiples of one number that fit the 24 bits of a float32. Then nothing is rounded but where the file says so, and ties
go to even everywhere. The products even fit the 11 bits of TF32 and float16.
"""

import math
from collections import Counter
from collections.abc import Mapping

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from export.saturation import LARGEST

POOLS = ("MaxPool", "AveragePool")
LEVELS = 255  # steps from the lowest to the highest of an activation
# How many octaves of a range may be cut off: behind a ReLU its end is a few outliers, but that of pixels is white.
CUT, SIGNED_CUT = 0.5, 0.1
WEIGHT_BITS = 3  # of a weight's step
LARGEST_BIAS = 2**20  # in steps of its sum: with those of the weights' step it stays within 24 bits
LEAST_STEP = 2.0**-60  # of weights that are all 0

Ranges = Mapping[str, tuple[float, float]]
"""lowest and highest value of each tensor"""


def exact_ranges(graph: onnx.GraphProto, ranges: Ranges) -> dict[str, tuple[float, float]]:
    """Ranges near those that have a power of two as their step, 255 to a range, and 0 on a step.

    A pool has the range of its input, as onnxruntime has it. What a concatenation alone reads has the step of its
    output: it would be rounded twice otherwise.
    """
    exponents = {name: _exponent(*ends) for name, ends in ranges.items()}
    readers = Counter(name for node in graph.node for name in node.input)
    for node in reversed(graph.node):
        if node.op_type == "Concat" and node.output[0] in exponents:
            alone = [name for name in node.input if name in exponents and readers[name] == 1]
            exponents |= dict.fromkeys(alone, exponents[node.output[0]])
    found = {name: _range(ranges[name][0], 2.0**exponent) for name, exponent in exponents.items()}
    for node in graph.node:
        if node.op_type in POOLS and node.input[0] in found and node.output[0] in found:
            found[node.output[0]] = found[node.input[0]]
    return found


def _exponent(low: float, high: float) -> int:
    width = max(high, 0.0) - min(low, 0.0)
    return math.ceil(math.log2(width / LEVELS) - (SIGNED_CUT if low < 0 else CUT)) if width > 0 else 0


def _range(low: float, step: float) -> tuple[float, float]:
    below = min(LEVELS, math.ceil(max(-low, 0.0) / step))
    return -below * step, (LEVELS - below) * step


def weight_steps(graph: onnx.GraphProto, ranges: Ranges) -> dict[str, NDArray[np.float32]]:
    """The step of each filter (O,) of each convolution's weights; `ranges` are those of `exact_ranges`.

    The largest weight takes at most 64 of them, and the bias a number of bits that its sum has.
    """
    constants = {tensor.name: tensor for tensor in graph.initializer}
    steps: dict[str, NDArray[np.float32]] = {}
    for node in graph.node:
        if node.op_type != "Conv" or node.input[1] not in constants or node.input[0] not in ranges:
            continue
        weights = numpy_helper.to_array(constants[node.input[1]])
        least = np.abs(weights.reshape(len(weights), -1)).max(axis=1).astype(np.float64) / LARGEST
        if len(node.input) > 2 and node.input[2] in constants:
            low, high = ranges[node.input[0]]
            bias = np.abs(numpy_helper.to_array(constants[node.input[2]]))
            least = np.maximum(least, bias / ((high - low) / LEVELS * LARGEST_BIAS))
        steps[node.input[1]] = _few_bits(np.maximum(least, LEAST_STEP))
    return steps


def _few_bits(least: NDArray[np.float64]) -> NDArray[np.float32]:
    """The next larger numbers of WEIGHT_BITS significant bits."""
    mantissa, exponent = np.frexp(least)
    steps: NDArray[np.float64] = np.ldexp(np.ceil(mantissa * 2**WEIGHT_BITS) / 2**WEIGHT_BITS, exponent)
    return steps.astype(np.float32)
