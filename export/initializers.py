"""Weights of an ONNX file: as outputs of their own, and in half the bytes where none of them changes by it."""

from collections.abc import Collection, Mapping

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
    """The model with float32 weights as float16 where that is exact."""
    return stored_as_half(proto, [tensor.name for tensor in proto.graph.initializer if _is_exact_as_half(tensor)])


def stored_as_half(proto: onnx.ModelProto, names: Collection[str]) -> onnx.ModelProto:
    """The model with these float32 weights rounded to float16, each with a Cast that onnxruntime folds."""
    result = copied(proto)
    graph = result.graph
    for tensor in [tensor for tensor in graph.initializer if tensor.name in names]:
        name = tensor.name
        half = numpy_helper.to_array(tensor).astype(np.float16)
        graph.initializer.remove(tensor)
        graph.initializer.append(numpy_helper.from_array(half, f"{name}.half"))
        graph.node.insert(0, helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT))
    onnx.checker.check_model(result, full_check=True)
    return result


def _is_exact_as_half(tensor: TensorProto) -> bool:
    if tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) < LEAST_WEIGHTS:
        return False
    full = numpy_helper.to_array(tensor)
    with np.errstate(over="ignore"):
        return np.array_equal(full.astype(np.float16).astype(np.float32), full)
