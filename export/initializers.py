"""Weights of an ONNX file: as outputs of their own, and in half the bytes where none of them changes by it."""

from collections.abc import Mapping

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from export.model_file import copied

LEAST_WEIGHTS = 1024  # smaller tensors save less than the node costs


def with_constant_outputs(proto: onnx.ModelProto, outputs: Mapping[str, str]) -> onnx.ModelProto:
    """Initializers as outputs too: `outputs` maps an output's name to its initializer's. Raises KeyError."""
    result = copied(proto)
    graph = result.graph
    weights = {tensor.name: tensor for tensor in graph.initializer}
    for output, name in outputs.items():
        graph.node.append(helper.make_node("Identity", [name], [output]))
        graph.output.append(helper.make_tensor_value_info(output, TensorProto.FLOAT, list(weights[name].dims)))
    onnx.checker.check_model(result, full_check=True)
    return result


def halved(proto: onnx.ModelProto) -> onnx.ModelProto:
    """The model with float32 weights as float16 where that is exact, each with a Cast that onnxruntime folds."""
    result = copied(proto)
    graph = result.graph
    for tensor in list(graph.initializer):
        if tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) < LEAST_WEIGHTS:
            continue
        full = numpy_helper.to_array(tensor)
        with np.errstate(over="ignore"):
            half = full.astype(np.float16)
        if not np.array_equal(half.astype(np.float32), full):
            continue
        name = tensor.name
        graph.initializer.remove(tensor)
        graph.initializer.append(numpy_helper.from_array(half, f"{name}.half"))
        graph.node.insert(0, helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT))
    onnx.checker.check_model(result, full_check=True)
    return result
