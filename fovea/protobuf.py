"""Messages of onnx.proto with some of their fields, read without the package onnx; other fields are skipped."""

from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

Field = tuple[str, int, bool, str]
"""name, number, whether there may be several, type: a scalar's name, or "." and the name of a message"""


def message_class(package: str, messages: Mapping[str, Sequence[Field]]) -> Any:
    """The class of the first of `messages`, in a pool of its own: the default pool may hold the package onnx's.

    A message's type is written ".PACKAGE.NAME".
    """
    file = descriptor_pb2.FileDescriptorProto(name=f"{package}.proto", package=package, syntax="proto2")
    for message, fields in messages.items():
        described = file.message_type.add(name=message)
        for name, number, is_repeated, kind in fields:
            field = described.field.add(name=name, number=number, label=3 if is_repeated else 1)
            if kind.startswith("."):
                field.type, field.type_name = field.TYPE_MESSAGE, kind
            else:
                field.type = field.Type.Value(f"TYPE_{kind.upper()}")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    first = next(iter(messages))
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{package}.{first}"))
