"""The revision of a model file: what its weights are, computed from the file's bytes without the package onnx."""

import functools
import hashlib
import re
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError
from numpy.typing import DTypeLike

from fovea.errors import ModelFileError, RevisionError
from fovea.protobuf import Field, message_class

# The fields that hold weights.
_FIELDS: dict[str, list[Field]] = {
    "Model": [("graph", 7, False, ".weights.Graph")],
    "Graph": [("initializer", 5, True, ".weights.Tensor")],
    "Tensor": [
        ("data_type", 2, False, "int32"),
        ("float_data", 4, True, "float"),
        ("int32_data", 5, True, "int32"),
        ("int64_data", 7, True, "int64"),
        ("name", 8, False, "string"),
        ("raw_data", 9, False, "bytes"),
        ("double_data", 10, True, "double"),
        ("uint64_data", 11, True, "uint64"),
        ("data_location", 14, False, "int32"),
    ],
}
_EXTERNAL = 1

# TensorProto.DataType: the field that holds the numbers where raw_data does not, and how many bits each has.
_STORAGE: dict[int, tuple[str, DTypeLike]] = {
    1: ("float_data", np.float32),
    2: ("int32_data", np.uint8),
    3: ("int32_data", np.int8),
    4: ("int32_data", np.uint16),
    5: ("int32_data", np.int16),
    6: ("int32_data", np.int32),
    7: ("int64_data", np.int64),
    9: ("int32_data", np.bool_),
    10: ("int32_data", np.uint16),  # float16 is stored by its bits
    11: ("double_data", np.float64),
    12: ("uint64_data", np.uint32),
    13: ("uint64_data", np.uint64),
    16: ("int32_data", np.uint16),  # and so is bfloat16
}


def revision(content: bytes) -> str:
    """sha256 over the names and bytes of all weights, in hexadecimal; `content` is a whole ONNX file.

    Raises ModelFileError where it is no ONNX file, or keeps weights outside the file or in a type that Fovea never
    exports.
    """
    model = _message_class()()
    try:
        model.ParseFromString(content)
    except DecodeError as error:
        raise ModelFileError("The file is not ONNX.") from error
    digest = hashlib.sha256()
    for tensor in sorted(model.graph.initializer, key=lambda tensor: str(tensor.name)):
        digest.update(tensor.name.encode())
        digest.update(_bytes(tensor))
    return digest.hexdigest()


def check_revision(content: bytes, stored: str, name: str) -> None:
    """Raises RevisionError where the weights in `content`, the file `name`, are not those of the revision `stored`."""
    if not re.fullmatch("[0-9a-f]{64}", stored):
        raise RevisionError(f"{name} carries the revision {stored!r}, which is not 64 hexadecimal digits.")
    computed = revision(content)
    if computed != stored:
        raise RevisionError(
            f"{name} names the revision {stored[:16]}, but its weights are those of {computed[:16]}. "
            "The file was changed after its export. Get it again, or export it again."
        )


def _bytes(tensor: Any) -> bytes:
    """The numbers of one weight, little endian, in the order of their array."""
    if tensor.data_location == _EXTERNAL:
        raise ModelFileError(f"The weight {tensor.name!r} lies outside the model file. Fovea's models are one file.")
    if tensor.data_type not in _STORAGE:
        raise ModelFileError(f"The weight {tensor.name!r} has the unsupported ONNX data type {tensor.data_type}.")
    if tensor.HasField("raw_data"):
        return bytes(tensor.raw_data)
    field, dtype = _STORAGE[tensor.data_type]
    return np.array(getattr(tensor, field)).astype(np.dtype(dtype).newbyteorder("<")).tobytes()


@functools.cache
def _message_class() -> Any:
    """ModelProto with those fields alone."""
    return message_class("weights", _FIELDS)
