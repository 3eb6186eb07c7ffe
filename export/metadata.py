"""Spec and revision in an ONNX file's metadata."""

import hashlib

import onnx

from export.model_file import copied
from fovea import ModelSpec


def with_spec(proto: onnx.ModelProto, spec: ModelSpec) -> onnx.ModelProto:
    """The model with `spec`, and with the revision of the weights that it holds, as its only metadata."""
    result = copied(proto)
    del result.metadata_props[:]
    onnx.helper.set_model_props(result, {"spec": spec.to_json(), "revision": revision(result)})
    return result


def spec_of(proto: onnx.ModelProto) -> ModelSpec:
    """The spec that `with_spec` stored."""
    (text,) = (entry.value for entry in proto.metadata_props if entry.key == "spec")
    return ModelSpec.from_json(text)


def revision(proto: onnx.ModelProto) -> str:
    """sha256 over the names and bytes of all weights, in hexadecimal."""
    digest = hashlib.sha256()
    for tensor in sorted(proto.graph.initializer, key=lambda tensor: tensor.name):
        digest.update(tensor.name.encode())
        digest.update(onnx.numpy_helper.to_array(tensor).tobytes())
    return digest.hexdigest()
