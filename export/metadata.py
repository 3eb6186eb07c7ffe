"""Spec and revision in an ONNX file's metadata."""

import onnx

from export.model_file import copied
from fovea import ModelSpec
from fovea.revision import revision


def with_spec(proto: onnx.ModelProto, spec: ModelSpec) -> onnx.ModelProto:
    """The model with `spec`, and with the revision of the weights that it holds, as its only metadata."""
    result = copied(proto)
    del result.metadata_props[:]
    onnx.helper.set_model_props(result, {"spec": spec.to_json(), "revision": revision(result.SerializeToString())})
    return result


def spec_of(proto: onnx.ModelProto) -> ModelSpec:
    """The spec that `with_spec` stored."""
    (text,) = (entry.value for entry in proto.metadata_props if entry.key == "spec")
    return ModelSpec.from_json(text)
