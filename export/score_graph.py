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
    set_aside(graph, DISTANCE, DISTANCE_THRESHOLD, cut)
    constants = {
        "weight": head.weight,
        "bias": head.bias,
        "least": np.float32(-LIMIT),
        "most": np.float32(LIMIT),
    }
    for name, value in constants.items():
        graph.initializer.append(numpy_helper.from_array(np.asarray(value, np.float32), PREFIX + name))
    for kind, inputs, output in (
        ("MatMul", ["embedding", PREFIX + "weight"], PREFIX + "product"),
        ("Add", [PREFIX + "product", PREFIX + "bias"], PREFIX + "logit"),
        ("Clip", [PREFIX + "logit", PREFIX + "least", PREFIX + "most"], PREFIX + "exponent"),
        ("Exp", [PREFIX + "exponent"], PREFIX + "ratio"),
    ):
        graph.node.append(helper.make_node(kind, inputs, [output], name=f"{PREFIX}{kind.lower()}"))
    score_by_larger(graph, PREFIX, PREFIX + "ratio", DISTANCE)
    onnx.checker.check_model(result)
    return with_spec(result, spec_of(proto))


def without_head(proto: onnx.ModelProto) -> onnx.ModelProto:
    """The model with the score by distance alone; `proto` as it is where that is its score."""
    return taken_back(proto, PREFIX, DISTANCE, DISTANCE_THRESHOLD)


def set_aside(graph: onnx.GraphProto, score: str, threshold: str, cut: float) -> None:
    """Call the graph's score and its threshold so, the latter times `cut`, and begin a new threshold at 1.0."""
    _rename(graph, SCORE, score)
    _rename(graph, THRESHOLD, threshold)
    (tensor,) = (one for one in graph.initializer if one.name == threshold)
    scaled = numpy_helper.to_array(tensor) * np.float32(cut)
    tensor.CopyFrom(numpy_helper.from_array(np.asarray(scaled, np.float32), threshold))
    graph.initializer.append(numpy_helper.from_array(np.ones((), np.float32), THRESHOLD))


def score_by_larger(graph: onnx.GraphProto, prefix: str, one: str, other: str) -> None:
    """The score is the larger of two values, divided by the threshold; the nodes' names begin with `prefix`."""
    for kind, inputs, output in (
        ("Max", [one, other], prefix + "larger"),
        ("Div", [prefix + "larger", THRESHOLD], SCORE),
    ):
        graph.node.append(helper.make_node(kind, inputs, [output], name=prefix + kind.lower()))


def taken_back(proto: onnx.ModelProto, prefix: str, score: str, threshold: str) -> onnx.ModelProto:
    """The model with the score that was set aside under these names; `proto` as it is where none was."""
    result = copied(proto)
    graph = result.graph
    if not any(tensor.name == threshold for tensor in graph.initializer):
        return result
    nodes = [node for node in graph.node if not node.name.startswith(prefix)]
    tensors = [one for one in graph.initializer if one.name != THRESHOLD and not one.name.startswith(prefix)]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend(tensors)
    _rename(graph, score, SCORE)
    _rename(graph, threshold, THRESHOLD)
    return with_spec(result, spec_of(proto))


def _rename(graph: onnx.GraphProto, old: str, new: str) -> None:
    """A value or constant within the graph; outputs of the whole keep their names."""
    for node in graph.node:
        for names in (node.input, node.output):
            for at, name in enumerate(names):
                if name == old:
                    names[at] = new
    for tensor in graph.initializer:
        if tensor.name == old:
            tensor.name = new
