"""Graphs of a few nodes, whose heatmaps are known."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from export.heatmap_correlation import heatmap_correlations
from export.metadata import with_spec
from export.model_file import opened
from fovea import load

ROOT = Path(__file__).parents[2]
EYE = np.eye(3, dtype=np.float32)


@pytest.fixture
def network():
    """A model whose answer is class 1 and whose heatmaps are the two given maps (h, w), whatever the image."""
    spec = load(ROOT / "models" / "digits.onnx").spec

    def make(first, second):
        both = onnx.numpy_helper.from_array(np.stack([first, second])[None])
        scores = np.array([[0.2, 0.8]], dtype=np.float32)
        nodes = [
            helper.make_node("Constant", [], ["maps"], value=both),
            helper.make_node("Constant", [], ["scores"], value=onnx.numpy_helper.from_array(scores)),
            helper.make_node("Cast", ["pixels"], ["floats"], to=TensorProto.FLOAT),
            helper.make_node("ReduceMean", ["floats"], ["mean"], axes=[1, 2, 3], keepdims=1),
            helper.make_node("Sub", ["mean", "mean"], ["zeros"]),  # (N, 1, 1, 1): brings the batch axis in
            helper.make_node("Add", ["maps", "zeros"], ["heatmaps"]),
            helper.make_node("Flatten", ["zeros"], ["flat"]),
            helper.make_node("Add", ["scores", "flat"], ["probabilities"]),
        ]
        outputs = [
            helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["N", 2]),
            helper.make_tensor_value_info("heatmaps", TensorProto.FLOAT, ["N", 2, *first.shape]),
        ]
        pixels = helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["N", 28, 28, 1])
        graph = helper.make_graph(nodes, "maps", [pixels], outputs)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
        return opened(with_spec(model, spec))

    return make


@pytest.mark.parametrize(
    ("answer", "other", "expected"),
    [(EYE, EYE, 1), (EYE, 0.5 * EYE + 0.1, 1), (EYE, 1 - EYE, -1), (EYE, np.zeros_like(EYE), 0)],
    ids=["equal", "paler", "inverted", "flat"],
)
def test_the_heatmaps_of_the_answer_are_compared(network, answer, other, expected):
    unlike = np.arange(9, dtype=np.float32).reshape(3, 3) / 9
    reference = network(unlike, answer)
    pixels = np.zeros((20, 28, 28, 1), dtype=np.uint8)  # more than a batch
    found = heatmap_correlations(reference, network(1 - unlike, other), pixels)
    assert found == pytest.approx([expected] * 20, abs=1e-5)
