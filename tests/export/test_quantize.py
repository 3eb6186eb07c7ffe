"""int8 forms of a real network: exact everywhere, and with stages at the end that stay float."""

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from export.__main__ import ship
from export.batches import run
from export.float_form import float_form
from export.model_file import copied, opened
from export.quantize import QUANTIZED_OPS, Quantizer
from export.result import ExportResult
from export.saturation import LARGEST, saturating_weights
from export.subject import Subject
from fovea import ModelFileError, shipped_models


@pytest.fixture(scope="module")
def quantizer(googlenet, training_pixels):
    return Quantizer(googlenet, training_pixels)


@pytest.fixture(scope="module")
def int8(quantizer):
    return quantizer.int8("minmax")


@pytest.fixture(scope="module")
def mixed(quantizer):
    return quantizer.int8("minmax", float_stages=2)


@pytest.fixture(params=["int8", "mixed"])
def form(request):
    return request.getfixturevalue(request.param)


def test_optimizations_move_no_answer(form, val):
    pixels, _ = val
    answers = [run(opened(form, optimize=optimize), pixels) for optimize in (True, False)]
    for name in ("probabilities", "embedding", "ood_score"):
        np.testing.assert_allclose(answers[0][name], answers[1][name], rtol=1e-5, atol=1e-6)


def test_answers_are_near_those_of_the_float_form(form, googlenet, val):
    pixels, _ = val
    exact, found = (run(opened(proto), pixels)["probabilities"] for proto in (googlenet, form))
    assert 1e-4 < np.abs(exact - found).mean() < 0.02


def test_steps_of_activations_are_powers_of_two_and_those_of_weights_have_three_bits(int8):
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in int8.graph.initializer}
    steps = {node.input[1] for node in int8.graph.node if node.op_type == "QuantizeLinear"}
    assert len(steps) > 50
    assert {float(np.frexp(constants[name])[0]) for name in steps} == {0.5}
    for node in int8.graph.node:
        values = constants.get(node.input[0])
        if node.op_type == "DequantizeLinear" and values is not None and values.dtype == np.int8:
            mantissa, _ = np.frexp(constants[node.input[1]])
            assert set(mantissa.tolist()) <= {4 / 8, 5 / 8, 6 / 8, 7 / 8}
            assert LARGEST / 2 < np.abs(values.astype(int)).max() <= LARGEST


def test_weights_saturate_nowhere(form):
    assert saturating_weights(form) == ()


@pytest.mark.parametrize("name", shipped_models())
def test_no_file_that_ships_saturates(name, shipped_path):
    assert saturating_weights(onnx.load(shipped_path.with_name(f"{name}.onnx"))) == ()


def test_a_file_that_saturates_is_not_written(int8, tmp_path):
    wide = copied(int8)
    tensor = next(tensor for tensor in wide.graph.initializer if tensor.data_type == onnx.TensorProto.INT8)
    tensor.CopyFrom(numpy_helper.from_array(np.full(tuple(tensor.dims), 127, np.int8), tensor.name))
    with pytest.raises(ModelFileError, match=r"go beyond 64, so their sums overflow on processors without VNNI\."):
        ship(ExportResult(wide, None, ()), Subject("objects", models_dir=tmp_path), (), tmp_path)
    assert not list(tmp_path.iterdir())


def test_stages_are_the_blocks_of_the_network(quantizer, googlenet):
    kinds = {node.name: node.op_type for node in googlenet.graph.node}
    convolutions = [sum(kinds.get(name) == "Conv" for name in stage) for stage in quantizer.stages]
    assert convolutions == [1, 1, *[6] * 9]
    assert quantizer.stage_names[2:4] == ("blocks.inception3a", "blocks.inception3b")


def test_float_stages_are_float_and_the_others_int8(quantizer, mixed):
    makers = {name: node.op_type for node in mixed.graph.node for name in node.output}
    tensors = {tensor.name: tensor.data_type for tensor in mixed.graph.initializer}
    last = {name for stage in quantizer.stages[-2:] for name in stage}
    convolutions = [node for node in mixed.graph.node if node.op_type == "Conv"]
    assert len(convolutions) == 56
    for node in convolutions:
        if node.name in last:
            assert tensors[node.input[1]] == onnx.TensorProto.FLOAT
        else:
            assert {makers[name] for name in node.input} == {"DequantizeLinear"}
    rounded = {node.input[0] for node in mixed.graph.node if node.op_type == "QuantizeLinear"}
    made_last = {name for node in mixed.graph.node if node.name in last for name in node.output}
    assert not rounded & made_last
    assert len(last & {node.name for node in mixed.graph.node if node.op_type in QUANTIZED_OPS}) >= 12


def test_a_mixed_file_gets_its_float_form_back(mixed, googlenet, val):
    pixels, _ = val
    proto = float_form(mixed)
    assert not {"QuantizeLinear", "DequantizeLinear"} & {node.op_type for node in proto.graph.node}
    users = {name: node.op_type for node in proto.graph.node for name in node.input}
    assert {users[node.output[0]] for node in proto.graph.node if node.op_type == "Conv"} == {"Relu"}
    before, after = (run(opened(one), pixels)["probabilities"] for one in (googlenet, proto))
    assert 0 < np.abs(before - after).max() < 0.2
