"""Multiply-adds of an ONNX file: its convolutions and dense layers, in any form, for one input of a given shape."""

from collections.abc import Sequence
from math import prod

import onnx

LAYERS = ("Conv", "Gemm", "MatMul")


def multiply_adds(proto: onnx.ModelProto, shape: Sequence[int]) -> int:
    """Each output number of a layer costs as many multiply-adds as its filter has weights."""
    fixed = onnx.ModelProto()
    fixed.CopyFrom(proto)
    for dimension, size in zip(fixed.graph.input[0].type.tensor_type.shape.dim, shape, strict=True):
        dimension.dim_value = size
    del fixed.graph.value_info[:]  # they hold the symbolic batch axis
    graph = onnx.shape_inference.infer_shapes(fixed, data_prop=True).graph
    shapes = {
        value.name: [dimension.dim_value for dimension in value.type.tensor_type.shape.dim]
        for value in (*graph.value_info, *graph.output, *graph.input)
    }
    weights = {tensor.name: list(tensor.dims) for tensor in graph.initializer}
    weights |= {
        node.output[0]: weights[node.input[0]]
        for node in graph.node
        if node.op_type in ("DequantizeLinear", "Cast") and node.input[0] in weights
    }
    return sum(_of_node(node, weights, shapes) for node in graph.node if node.op_type in LAYERS)


def _of_node(node: onnx.NodeProto, weights: dict[str, list[int]], shapes: dict[str, list[int]]) -> int:
    if node.input[1] not in weights:  # two activations, as in a heatmap
        return 0
    filter_ = weights[node.input[1]]
    if node.op_type == "Conv":
        return prod(shapes[node.output[0]]) * prod(filter_[1:])
    return prod(shapes[node.output[0]][:-1]) * prod(filter_)
