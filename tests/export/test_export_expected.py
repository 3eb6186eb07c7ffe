"""Which inputs an export stores, and that answers which its own machine moves are not stored."""

import numpy as np
import onnx
import pytest
from onnx import helper
from revisions import stamp

from export import expected as module
from export.expected import drawn, with_expected_answers
from export.model_file import opened
from export.saturation import saturating_weights
from fovea import ModelFileError, load


@pytest.fixture
def tiny_proto(tiny_path):
    return onnx.load(tiny_path)


def test_the_drawn_inputs_are_pictures_and_the_same_each_time(tiny):
    images = drawn(tiny.spec, 8)
    assert (images.shape, images.dtype) == ((8, 28, 28, 1), np.uint8)
    np.testing.assert_array_equal(images, drawn(tiny.spec, 8))
    assert len({image.tobytes() for image in images}) == 8
    neighbours = np.abs(np.diff(images.astype(int), axis=2)).mean()
    assert 3 < neighbours < images.astype(int).std() / 1.5  # as in photographs, what lies side by side is alike


def test_a_file_expects_its_own_answers_of_the_least_sure_inputs(tiny_proto, tmp_path):
    proto = with_expected_answers(tiny_proto)
    onnx.save(proto, tmp_path / "tiny.onnx")
    model = load(tmp_path / "tiny.onnx", check=True)
    assert model.expected.pixels.shape == (module.STORED, 28, 28, 1)
    sure = [model.run(image[None])["probabilities"].max() for image in drawn(model.spec, module.DRAWN)]
    assert model.expected.answers["probabilities"].max() <= sorted(sure)[module.UNSURE - 1] + 1e-6
    assert {entry.key for entry in proto.metadata_props} == {"spec", "revision", "expected"}
    assert model.revision == next(entry.value for entry in tiny_proto.metadata_props if entry.key == "revision")


def test_to_store_them_again_changes_nothing(tiny_proto):
    once = with_expected_answers(tiny_proto)
    assert with_expected_answers(once).SerializeToString() == once.SerializeToString()


def test_answers_that_the_optimizations_move_are_not_stored(tiny_proto, monkeypatch):
    """The optimised session opens another file: no graph gives other answers on every processor."""
    other = onnx.ModelProto()
    other.CopyFrom(tiny_proto)
    (weight,) = (tensor for tensor in other.graph.initializer if tensor.name == "weight")
    weight.CopyFrom(helper.make_tensor("weight", onnx.TensorProto.FLOAT, (1, 3), [0, 6, 2]))
    stamp(other)

    monkeypatch.setattr(module, "opened", lambda proto, optimize: opened(other if optimize else proto))
    with pytest.raises(ModelFileError, match=r"differs by 0\.\d+ with and without onnxruntime's optimizations"):
        with_expected_answers(tiny_proto)


def weights(values, kind=onnx.TensorProto.INT8):
    graph = helper.make_graph([], "g", [], [], [helper.make_tensor("w", kind, (len(values),), values)])
    return helper.make_model(graph)


@pytest.mark.parametrize(
    ("values", "found"),
    [([64, -64], ()), ([65, 0], ("w",)), ([0, -65], ("w",)), ([-128], ("w",)), ([], ())],
)
def test_weights_that_could_overflow_sixteen_bits_are_found(values, found):
    assert saturating_weights(weights(values)) == found


def test_other_kinds_of_numbers_are_no_weights_of_eight_bits():
    assert saturating_weights(weights([1000], onnx.TensorProto.INT32)) == ()
