"""Spec and revision in an ONNX file's metadata."""

import hashlib
from pathlib import Path

import onnx

from fovea import ModelSpec


def set_spec(path: Path, spec: ModelSpec) -> None:
    """Store `spec` in the file, with the revision of the weights that the file holds."""
    proto = onnx.load(path)
    del proto.metadata_props[:]
    onnx.helper.set_model_props(proto, {"spec": spec.to_json(), "revision": revision(proto)})
    onnx.save(proto, path)


def revision(proto: onnx.ModelProto) -> str:
    """sha256 over the names and bytes of all weights, in hexadecimal."""
    digest = hashlib.sha256()
    for tensor in sorted(proto.graph.initializer, key=lambda tensor: tensor.name):
        digest.update(tensor.name.encode())
        digest.update(onnx.numpy_helper.to_array(tensor).tobytes())
    return digest.hexdigest()
