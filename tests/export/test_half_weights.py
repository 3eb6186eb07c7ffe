"""Weights stored as float16: half the bytes, nearly the same answers, and never at the cost of the score."""

from dataclasses import replace

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from export.batches import run
from export.float_form import float_form
from export.half_weights import try_half, with_half_weights
from export.initializers import LEAST_WEIGHTS
from export.judge import BY_ACCURACY
from export.metadata import spec_of, with_spec
from export.model_file import copied, opened
from export.ood import THRESHOLD, WHITENING

HALF = f"{WHITENING}.half"


@pytest.fixture(scope="module")
def half(googlenet, val):
    return with_half_weights(googlenet, val[0])


def test_the_file_has_half_the_bytes_and_computes_in_float32(half, googlenet):
    assert half.ByteSize() < 0.52 * googlenet.ByteSize()
    tensors = {tensor.name: tensor for tensor in half.graph.initializer}
    casts = {node.output[0]: node for node in half.graph.node if node.op_type == "Cast" and node.input[0] in tensors}
    weights = [node.input[1] for node in half.graph.node if node.op_type == "Conv"]
    large = [name for name in weights if name not in tensors]
    assert len(large) > 50
    for name in large:
        assert tensors[casts[name].input[0]].data_type == onnx.TensorProto.FLOAT16
        assert casts[name].attribute[0].i == onnx.TensorProto.FLOAT
    assert all(np.prod(tensors[name].dims) < LEAST_WEIGHTS for name in weights if name in tensors)
    assert tensors[HALF].data_type == onnx.TensorProto.FLOAT16


def test_answers_are_nearly_the_same_with_optimizations_and_without(half, googlenet, val):
    exact, found, plain = (
        run(opened(proto, optimize=optimize), val[0])
        for proto, optimize in ((googlenet, True), (half, True), (half, False))
    )
    assert 0 < np.abs(found["probabilities"] - exact["probabilities"]).max() < 5e-3
    np.testing.assert_allclose(found["ood_score"], exact["ood_score"], rtol=5e-3)
    np.testing.assert_allclose(found["probabilities"], plain["probabilities"], atol=1e-5)


def test_a_whitening_matrix_that_float16_does_not_hold_stays_as_it_is(googlenet, val):
    """Below 6e-8 float16 has nothing: scaled to that, the same score loses all its digits."""
    small = copied(googlenet)
    for tensor in small.graph.initializer:
        if tensor.name in (WHITENING, "ood.centres", THRESHOLD):
            scaled = np.asarray(numpy_helper.to_array(tensor) * np.float32(2.0**-30))
            tensor.CopyFrom(numpy_helper.from_array(scaled, tensor.name))
    small = with_spec(small, spec_of(small))
    scores = [run(opened(proto), val[0])["ood_score"] for proto in (googlenet, small)]
    np.testing.assert_allclose(*scores, rtol=1e-4)
    names = {tensor.name for tensor in with_half_weights(small, val[0]).graph.initializer}
    assert WHITENING in names
    assert HALF not in names


def test_it_ships_where_its_figure_holds_or_ties_alone_are_moved(googlenet, val, monkeypatch):
    proto, sentence = try_half(googlenet, *val, BY_ACCURACY)
    assert proto is not None
    assert sentence.startswith("Weights stored as float16 and computed with in float32, against float32: validation ")
    assert sentence.endswith(": float16 is kept.")
    gain = replace(BY_ACCURACY, max_loss=-1.0)  # such a judge wants more than float32 gives
    proto, sentence = try_half(googlenet, *val, gain)
    assert proto is not None
    assert sentence.endswith("It moves ties alone, as no probability moves by more than 0.001.")
    monkeypatch.setattr("export.half_weights.TIED", 0.0)
    proto, sentence = try_half(googlenet, *val, gain)
    assert proto is None
    assert sentence.endswith(": float32 is kept.")
    proto, sentence = try_half(googlenet, *val, gain, is_wanted=True)
    assert proto is not None
    assert sentence.endswith(": float16 was asked for.")


def test_its_float_form_holds_the_rounded_weights_in_float32(half, val):
    proto = float_form(half)
    assert not any(tensor.data_type == onnx.TensorProto.FLOAT16 for tensor in proto.graph.initializer)
    answers = [run(opened(one), val[0])["probabilities"] for one in (half, proto)]
    np.testing.assert_allclose(*answers, atol=1e-6)
