"""Weights of an ONNX file: as outputs of their own, and in half the bytes where none of them changes by it."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

LEAST_WEIGHTS = 1024  # smaller tensors save less than the node costs


def add_constant_outputs(path: Path, outputs: Mapping[str, str]) -> None:
    """Make initializers outputs too: `outputs` maps an output's name to its initializer's. Raises KeyError."""
    proto = onnx.load(path)
    weights = {tensor.name: tensor for tensor in proto.graph.initializer}
    for output, name in outputs.items():
        proto.graph.node.append(helper.make_node("Identity", [name], [output]))
        proto.graph.output.append(helper.make_tensor_value_info(output, TensorProto.FLOAT, list(weights[name].dims)))
    onnx.checker.check_model(proto, full_check=True)
    onnx.save(proto, path)


def halve(path: Path) -> int:
    """Store float32 weights as float16 where that is exact, with a Cast that onnxruntime folds; the bytes saved."""
    proto = onnx.load(path)
    saved = 0
    for tensor in list(proto.graph.initializer):
        if tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) < LEAST_WEIGHTS:
            continue
        full = numpy_helper.to_array(tensor)
        with np.errstate(over="ignore"):
            half = full.astype(np.float16)
        if not np.array_equal(half.astype(np.float32), full):
            continue
        name = tensor.name
        proto.graph.initializer.remove(tensor)
        proto.graph.initializer.append(numpy_helper.from_array(half, f"{name}.half"))
        proto.graph.node.insert(0, helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT))
        saved += half.nbytes
    onnx.checker.check_model(proto, full_check=True)
    onnx.save(proto, path)
    return saved
