"""A model before it is a file: opened in memory, and written once, whole."""

from pathlib import Path

import onnx

from fovea import Model, open_model


def opened(proto: onnx.ModelProto, name: str = "The exported model", *, optimize: bool = True) -> Model:
    """`proto` as onnxruntime runs it, node by node without `optimize`; `name` is for errors."""
    return open_model(proto.SerializeToString(), name, optimize=optimize)


def write_model(proto: onnx.ModelProto, path: Path) -> None:
    """Write beside the target, then rename: a reader or an interruption never meets half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial.onnx")
    try:
        onnx.save(proto, partial)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def copied(proto: onnx.ModelProto) -> onnx.ModelProto:
    copy = onnx.ModelProto()
    copy.CopyFrom(proto)
    return copy
