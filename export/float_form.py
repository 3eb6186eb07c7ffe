"""The float form of a file: the values that its int8 or float16 weights stand for, and activations without rounding."""

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from export.metadata import spec_of, with_spec
from export.model_file import copied

DEQUANTIZE, QUANTIZE = "DequantizeLinear", "QuantizeLinear"


def float_form(proto: onnx.ModelProto) -> onnx.ModelProto:
    """The same graph without QuantizeLinear and DequantizeLinear, and without a Cast of weights.

    Where onnxruntime's quantiser left out the ReLU behind a convolution, since a range that begins at zero clips as
    well, it stands again.
    """
    result = copied(proto)
    graph = result.graph
    tensors = {tensor.name: tensor for tensor in graph.initializer}
    maker = {name: node for node in graph.node for name in node.output}
    kept, renamed = [], {}
    for node in graph.node:
        if node.op_type == QUANTIZE:
            continue
        if node.op_type == "Cast" and node.input[0] in tensors:
            values = numpy_helper.to_array(tensors[node.input[0]]).astype(np.float32)
            graph.initializer.append(numpy_helper.from_array(values, node.output[0]))
        elif node.op_type != DEQUANTIZE:
            kept.append(node)
        elif node.input[0] in tensors:
            values = dequantized(*(numpy_helper.to_array(tensors[name]) for name in node.input))
            graph.initializer.append(numpy_helper.from_array(values, node.output[0]))
        else:
            step = maker[node.input[0]]
            source = step.input[0]
            if maker[source].op_type == "Conv" and not numpy_helper.to_array(tensors[step.input[2]]).any():
                kept.append(onnx.helper.make_node("Relu", [source], [node.output[0]], name=f"{node.name}_relu"))
            else:
                renamed[node.output[0]] = source
    for node in kept:
        for at, name in enumerate(node.input):
            while name in renamed:
                name = renamed[name]
            node.input[at] = name
    del graph.node[:]
    graph.node.extend(kept)
    used = {name for node in kept for name in node.input}
    needed = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.initializer[:]
    graph.initializer.extend(needed)
    return with_spec(result, spec_of(proto))


def dequantized(
    values: NDArray[np.int8] | NDArray[np.int32], scale: NDArray[np.float32], zero: NDArray[np.int8] | NDArray[np.int32]
) -> NDArray[np.float32]:
    """Quantised values as numbers; `scale` and `zero` are one for all, or one for each entry of the first axis."""
    shape = (-1, *[1] * (values.ndim - 1)) if scale.size > 1 else ()
    differences = values.astype(np.int64) - zero.reshape(shape)
    return (differences * scale.reshape(shape)).astype(np.float32)
