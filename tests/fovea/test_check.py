from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper
from revisions import stamp

from fovea import load, shipped_models
from fovea.check import check_model, example_pixels

ANSWERS = "values are finite, and probabilities sum to 1"
SHAPES = "outputs have the shapes that the spec promises"


@pytest.fixture
def rebuilt(tiny_path, tmp_path):
    """Write the tiny model anew, its graph changed in place by `change`, its spec by `fields`; the path."""

    def rebuild(change=None, **fields) -> Path:
        proto = onnx.load(tiny_path)
        spec = replace(load(tiny_path).spec, **fields)
        if change:
            change(proto.graph)
        stamp(proto, spec=spec.to_json())
        onnx.save(proto, tmp_path / "changed.onnx")
        return tmp_path / "changed.onnx"

    return rebuild


def failures(path):
    return {check.name: check.failure for check in check_model(path) if check.failure}


def weights_times(graph, factor):
    (weight,) = (tensor for tensor in graph.initializer if tensor.name == "weight")
    weight.CopyFrom(onnx.numpy_helper.from_array(onnx.numpy_helper.to_array(weight) * np.float32(factor), "weight"))


def softmax_becomes(graph, operator):
    (node,) = (node for node in graph.node if node.op_type == "Softmax")
    node.CopyFrom(helper.make_node(operator, node.input, node.output))


@pytest.mark.parametrize("name", shipped_models())
def test_every_shipped_file_passes(name, shipped_path):
    path = shipped_path.with_name(f"{name}.onnx")
    checks = list(check_model(path))
    assert [check for check in checks if check.failure] == []
    with_expected = sum("against the expected answers" in check.name for check in checks)
    assert len(checks) - with_expected == 8
    assert with_expected > 0


def test_a_right_file_without_a_card_passes_the_other_checks(rebuilt):
    checks = list(check_model(rebuilt()))
    assert [check.failure for check in checks] == [None] * 7


def test_what_is_no_model_fails_the_first_check_and_ends_there(tmp_path):
    (tmp_path / "x.onnx").write_text("hello")
    (check,) = check_model(tmp_path / "x.onnx")
    assert check.failure == f"{tmp_path / 'x.onnx'} is not a model that onnxruntime can open."


def test_a_card_of_another_revision_fails(rebuilt):
    path = rebuilt()
    path.with_suffix(".md").write_text("revision `fedcba9876543210`")
    assert list(failures(path)) == ["card names the revision"]
    path.with_suffix(".md").write_text(f"revision `{load(path).revision[:16]}`")
    assert failures(path) == {}


def test_an_input_of_another_size_than_the_spec_says_fails(rebuilt):
    path = rebuilt(height=32)
    (failure,) = failures(path).values()
    assert failure.startswith("The input is [('pixels', 'tensor(uint8)', [28, 28, 1])] and the spec asks for")


def test_probabilities_of_another_rank_fail_and_end_the_checks(rebuilt):
    def flatten(graph):
        graph.node.append(helper.make_node("ReduceMax", ["wide"], ["probabilities"], keepdims=0))
        (softmax,) = (node for node in graph.node if node.op_type == "Softmax")
        softmax.output[0] = "wide"
        del graph.output[0].type.tensor_type.shape.dim[:]

    assert list(failures(rebuilt(flatten))) == [SHAPES]


def test_a_graph_that_fails_on_a_batch_is_a_failed_check(rebuilt):
    def one_image_only(graph):
        graph.initializer.append(helper.make_tensor("one", onnx.TensorProto.INT64, (2,), [1, 784]))
        (flatten,) = (node for node in graph.node if node.op_type == "Flatten")
        flatten.CopyFrom(helper.make_node("Reshape", [flatten.input[0], "one"], flatten.output))

    found = failures(rebuilt(one_image_only))
    assert list(found) == ["runs on a batch of images"]
    assert found["runs on a batch of images"].startswith("onnxruntime says: ")


def test_another_number_of_classes_fails(rebuilt):
    path = rebuilt(classes=("dark", "light"))
    sentence = "The output probabilities has shape (2, 3) for 2 images and the spec promises (2, 2)."
    assert failures(path) == {SHAPES: sentence}


def test_probabilities_that_do_not_sum_to_1_fail(rebuilt):
    path = rebuilt(lambda graph: softmax_becomes(graph, "Sigmoid"))
    assert failures(path)[ANSWERS].endswith(" instead of 1.")


def test_values_that_are_not_finite_fail(rebuilt):
    path = rebuilt(lambda graph: weights_times(graph, np.nan))
    assert failures(path) == {ANSWERS: "The output probabilities holds values that are not finite numbers."}


def test_the_example_pixels_are_the_same_each_time_and_differ_from_each_other(tiny):
    pixels = example_pixels(tiny.spec)
    assert (pixels.shape, pixels.dtype) == ((2, 28, 28, 1), np.uint8)
    np.testing.assert_array_equal(pixels, example_pixels(tiny.spec))
    assert (pixels[0, 0, 0, 0], pixels[0, 0, -1, 0]) == (0, 255)
    assert (pixels[0] != pixels[1]).any()


def test_answers_that_move_with_the_optimizations_fail(rebuilt, tiny_path, monkeypatch):
    """The session without optimizations opens another file: no graph gives other answers on every processor."""
    path = rebuilt(lambda graph: weights_times(graph, 1.5))
    monkeypatch.setattr(
        "fovea.check.load", lambda path, optimize=True, **options: load(path if optimize else tiny_path, **options)
    )
    (failure,) = failures(path).values()
    assert failure.startswith("The output probabilities differs by 0.08")
