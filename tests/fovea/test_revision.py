"""The revision is that of the weights in the file, computed without the package onnx."""

import hashlib
import time

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from revisions import stamp

from fovea import ModelFileError, RevisionError, load, shipped_models
from fovea.check import check_model
from fovea.revision import revision

TYPES = {
    "float": TensorProto.FLOAT,
    "uint8": TensorProto.UINT8,
    "int8": TensorProto.INT8,
    "uint16": TensorProto.UINT16,
    "int16": TensorProto.INT16,
    "int32": TensorProto.INT32,
    "int64": TensorProto.INT64,
    "bool": TensorProto.BOOL,
    "float16": TensorProto.FLOAT16,
    "double": TensorProto.DOUBLE,
    "uint32": TensorProto.UINT32,
    "uint64": TensorProto.UINT64,
    "bfloat16": TensorProto.BFLOAT16,
}


def of_onnx(proto):
    """The same, by the package onnx."""
    digest = hashlib.sha256()
    for tensor in sorted(proto.graph.initializer, key=lambda tensor: tensor.name):
        digest.update(tensor.name.encode())
        digest.update(numpy_helper.to_array(tensor).tobytes())
    return digest.hexdigest()


def holding(*tensors):
    return helper.make_model(helper.make_graph([], "weights", [], [], tensors))


def flip_signs(proto, n):
    """Of the first `n` numbers of the largest weight."""
    largest = max(proto.graph.initializer, key=lambda tensor: len(tensor.raw_data))
    weights = numpy_helper.to_array(largest).copy()
    weights.reshape(-1)[:n] *= -1
    largest.CopyFrom(numpy_helper.from_array(weights, largest.name))


@pytest.mark.parametrize("name", shipped_models())
def test_every_shipped_file_carries_the_revision_of_its_weights(shipped_path, name):
    content = shipped_path.with_name(f"{name}.onnx").read_bytes()
    assert load(shipped_path.with_name(f"{name}.onnx")).revision == revision(content)
    assert revision(content) == of_onnx(onnx.load_from_string(content))


@pytest.mark.parametrize("is_raw", [True, False])
@pytest.mark.parametrize("kind", TYPES)
def test_every_type_of_weight_counts_by_its_bytes(kind, is_raw):
    numbers = np.array([[1, 0, 1], [0, 1, 1]]).astype(helper.tensor_dtype_to_np_dtype(TYPES[kind]))
    values = numbers.tobytes() if is_raw else numbers.reshape(-1).tolist()
    proto = holding(
        helper.make_tensor("b", TYPES[kind], (2, 3), values, raw=is_raw), helper.make_tensor("a", 1, (), [3])
    )
    assert proto.graph.initializer[0].HasField("raw_data") == is_raw
    assert revision(proto.SerializeToString()) == of_onnx(proto)


def test_negative_numbers_count_by_their_bytes():
    for kind in (TensorProto.INT8, TensorProto.INT16, TensorProto.INT32, TensorProto.INT64, TensorProto.FLOAT16):
        proto = holding(helper.make_tensor("a", kind, (2,), [-1, -100]))
        assert revision(proto.SerializeToString()) == of_onnx(proto)


def test_flipped_signs_are_another_revision_and_the_file_is_refused(shipped_path, tmp_path):
    proto = onnx.load(shipped_path.with_name("chest_xray.onnx"))
    stored = load(shipped_path.with_name("chest_xray.onnx")).revision
    flip_signs(proto, 100_000)
    path = tmp_path / "flipped.onnx"
    onnx.save(proto, path)
    changed = revision(path.read_bytes())
    assert changed != stored
    sentence = (
        f"{path} names the revision {stored[:16]}, but its weights are those of {changed[:16]}. "
        "The file was changed after its export. Get it again, or export it again."
    )
    with pytest.raises(RevisionError) as caught:
        load(path)
    assert str(caught.value) == sentence
    assert isinstance(caught.value, ModelFileError)
    opened, weights = check_model(path)
    assert opened.failure is None
    assert (weights.name, weights.failure) == ("revision is that of the weights", sentence)


@pytest.mark.parametrize("stored", ["", "0123abc", "G" * 64])
def test_a_revision_that_is_no_sha256_is_refused(tiny_path, tmp_path, stored):
    proto = onnx.load(tiny_path)
    helper.set_model_props(proto, {entry.key: entry.value for entry in proto.metadata_props} | {"revision": stored})
    onnx.save(proto, tmp_path / "odd.onnx")
    with pytest.raises(RevisionError, match=f"carries the revision '{stored}', which is not 64 hexadecimal digits"):
        load(tmp_path / "odd.onnx")


def test_the_spec_is_no_part_of_the_revision(tiny_path):
    proto = onnx.load(tiny_path)
    before = revision(proto.SerializeToString())
    stamp(proto, spec="another")
    assert revision(proto.SerializeToString()) == before


def test_weights_outside_the_file_or_of_an_unknown_type_are_refused():
    outside = helper.make_tensor("far", TensorProto.FLOAT, (1,), [1])
    outside.data_location = TensorProto.EXTERNAL
    with pytest.raises(ModelFileError, match="'far' lies outside the model file"):
        revision(holding(outside).SerializeToString())
    with pytest.raises(ModelFileError, match="'words' has the unsupported ONNX data type 8"):
        revision(holding(helper.make_tensor("words", TensorProto.STRING, (1,), ["a"])).SerializeToString())


def test_a_file_of_the_largest_size_that_ships_is_hashed_in_seconds_at_most():
    weights = numpy_helper.from_array(np.ones(12_500_000, dtype=np.float32), "weights")
    content = holding(weights).SerializeToString()
    assert len(content) > 50_000_000
    started = time.process_time()
    revision(content)
    assert time.process_time() - started < 5


def test_what_is_no_protobuf_is_no_onnx():
    with pytest.raises(ModelFileError, match="The file is not ONNX"):
        revision(b"not a model")
