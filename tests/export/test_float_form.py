"""An int8 file gets its float form back: the same weights, the same ReLUs, and nearly the same answers."""

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from export.expected import drawn
from export.float_form import dequantized, float_form
from export.model_file import opened
from export.quantize import Quantizer


@pytest.fixture(scope="module")
def int8(googlenet, training_pixels):
    return Quantizer(googlenet, training_pixels).int8("minmax")


def test_nothing_is_rounded_any_more_and_every_convolution_has_its_relu(int8):
    proto = float_form(int8)
    kinds = [node.op_type for node in proto.graph.node]
    assert not {"QuantizeLinear", "DequantizeLinear"} & set(kinds)
    users = {name: node.op_type for node in proto.graph.node for name in node.input}
    assert {users[node.output[0]] for node in proto.graph.node if node.op_type == "Conv"} == {"Relu"}
    integers = (onnx.TensorProto.INT8, onnx.TensorProto.UINT8, onnx.TensorProto.INT32)
    assert not [tensor.name for tensor in proto.graph.initializer if tensor.data_type in integers]
    onnx.checker.check_model(proto)


def test_the_answers_are_those_of_the_int8_file_but_for_its_rounding(int8):
    before, after = opened(int8), opened(float_form(int8))
    pixels = drawn(before.spec, 16)
    old, new = (model.run(pixels)["probabilities"] for model in (before, after))
    assert (old.argmax(axis=1) == new.argmax(axis=1)).mean() >= 0.9
    assert 0 < np.abs(old - new).max() < 0.2
    assert after.spec == before.spec


def test_each_filter_has_a_scale_of_its_own():
    values = np.array([[-64, 0], [32, 64]], np.int8)
    scales, zeros = np.array([0.5, 0.25], np.float32), np.zeros(2, np.int8)
    np.testing.assert_array_equal(dequantized(values, scales, zeros), [[-32, 0], [8, 16]])
    np.testing.assert_array_equal(dequantized(values, np.float32(0.5), np.int8(32)), [[-48, -16], [0, 16]])


def test_a_float_file_is_its_own_float_form(tiny_path):
    proto = onnx.load(tiny_path)
    weights = [
        {t.name: numpy_helper.to_array(t).tolist() for t in p.graph.initializer} for p in (proto, float_form(proto))
    ]
    assert weights[0] == weights[1]
