"""int8 weights that some processors cannot add up.

Without VNNI the products of unsigned activations and signed weights are added in pairs of 16 bits, which saturate
without a word: two of 255 x 127 are 64,770, and 32,767 is the largest number (Intel's manual, VPMADDUBSW).
"""

import numpy as np
import onnx
from onnx import numpy_helper

from fovea import ModelFileError
from fovea.listing import all_of

LARGEST = 64  # 2 x 255 x 64 = 32,640


def saturating_weights(proto: onnx.ModelProto) -> tuple[str, ...]:
    """The names of the int8 weights with values beyond LARGEST."""
    found = []
    for tensor in proto.graph.initializer:
        if tensor.data_type != onnx.TensorProto.INT8:
            continue
        values = numpy_helper.to_array(tensor).astype(np.int16)
        if values.size and np.abs(values).max() > LARGEST:
            found.append(tensor.name)
    return tuple(found)


def require_exact(proto: onnx.ModelProto) -> None:
    """Raises ModelFileError where int8 weights saturate on some processors."""
    if found := saturating_weights(proto):
        raise ModelFileError(
            f"The int8 weights {all_of(found[:3])} go beyond {LARGEST}, so their sums overflow on processors without "
            "VNNI. Export with --precision float16 or float32."
        )
