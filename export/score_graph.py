"""The score of an exported graph as the larger of distance and outlier head, and back to the distance alone."""

import numpy as np
import onnx
from onnx import helper, numpy_helper

from export.metadata import spec_of, with_spec
from export.model_file import copied
from export.ood import THRESHOLD
from export.outlier_head import LIMIT, OutlierHead

PREFIX = "ood.head."
DISTANCE, DISTANCE_THRESHOLD = "ood.distance", "ood.distance_threshold"
SCORE = "ood_score"


def with_head(proto: onnx.ModelProto, head: OutlierHead, cut: float) -> onnx.ModelProto:
    """The model whose score is the larger of `head` and its distance divided by `cut`.

    It is divided by a threshold of its own, 1.0 until `with_rescaled_threshold` sets it.
    """
    result = copied(proto)
    graph = result.graph
    renamed(graph, SCORE, DISTANCE)
    renamed(graph, THRESHOLD, DISTANCE_THRESHOLD)
    (distance,) = (tensor for tensor in graph.initializer if tensor.name == DISTANCE_THRESHOLD)
    scaled = numpy_helper.to_array(distance) * np.float32(cut)
    distance.CopyFrom(numpy_helper.from_array(np.asarray(scaled, np.float32), DISTANCE_THRESHOLD))
    constants = {
        "weight": head.weight,
        "bias": head.bias,
        "least": np.float32(-LIMIT),
        "most": np.float32(LIMIT),
    }
    for name, value in constants.items():
        graph.initializer.append(numpy_helper.from_array(np.asarray(value, np.float32), PREFIX + name))
    graph.initializer.append(numpy_helper.from_array(np.ones((), np.float32), THRESHOLD))
    for kind, inputs, output in (
        ("MatMul", ["embedding", PREFIX + "weight"], PREFIX + "product"),
        ("Add", [PREFIX + "product", PREFIX + "bias"], PREFIX + "logit"),
        ("Clip", [PREFIX + "logit", PREFIX + "least", PREFIX + "most"], PREFIX + "exponent"),
        ("Exp", [PREFIX + "exponent"], PREFIX + "ratio"),
        ("Max", [PREFIX + "ratio", DISTANCE], PREFIX + "larger"),
        ("Div", [PREFIX + "larger", THRESHOLD], SCORE),
    ):
        graph.node.append(helper.make_node(kind, inputs, [output], name=f"{PREFIX}{kind.lower()}"))
    onnx.checker.check_model(result)
    return with_spec(result, spec_of(proto))


def without_head(proto: onnx.ModelProto) -> onnx.ModelProto:
    """The model with the score by distance alone; `proto` as it is where that is its score."""
    result = copied(proto)
    graph = result.graph
    if not any(tensor.name == DISTANCE_THRESHOLD for tensor in graph.initializer):
        return result
    nodes = [node for node in graph.node if not node.name.startswith(PREFIX)]
    tensors = [
        tensor for tensor in graph.initializer if tensor.name != THRESHOLD and not tensor.name.startswith(PREFIX)
    ]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend(tensors)
    renamed(graph, DISTANCE, SCORE)
    renamed(graph, DISTANCE_THRESHOLD, THRESHOLD)
    return with_spec(result, spec_of(proto))


def renamed(graph: onnx.GraphProto, old: str, new: str) -> None:
    """A value or constant within the graph; outputs of the whole keep their names."""
    for node in graph.node:
        for names in (node.input, node.output):
            for at, name in enumerate(names):
                if name == old:
                    names[at] = new
    for tensor in graph.initializer:
        if tensor.name == old:
            tensor.name = new
