"""What a model file says of itself, read without opening it in onnxruntime."""

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from google.protobuf.message import DecodeError

from fovea.errors import ModelFileError
from fovea.hub import without_front_matter
from fovea.protobuf import Field, message_class
from fovea.spec import ModelSpec

_FIELDS: dict[str, list[Field]] = {
    "Model": [("graph", 7, False, ".header.Graph"), ("metadata_props", 14, True, ".header.Entry")],
    "Graph": [("output", 12, True, ".header.Output")],
    "Output": [("name", 1, False, "string")],
    "Entry": [("key", 1, False, "string"), ("value", 2, False, "string")],
}


@dataclass(frozen=True)
class ModelHeader:
    """`outputs` are the names of the graph's outputs, in its order. Whether the weights are sound, `load` checks."""

    path: Path
    spec: ModelSpec
    revision: str
    outputs: tuple[str, ...]

    @property
    def is_classifier(self) -> bool:
        """Whether the model names classes; the others show their layers alone."""
        return "probabilities" in self.outputs

    @property
    def card(self) -> str:
        """The model card that stands beside the file, Markdown for people; empty where there is none."""
        path = self.path.with_suffix(".md")
        return without_front_matter(path.read_text(encoding="utf-8")) if path.is_file() else ""


def read_header(path: Path) -> ModelHeader:
    """Raises ModelFileError where the file is missing, not ONNX, or carries no spec."""
    message = _message_class()()
    try:
        message.ParseFromString(content_of(path))
        is_model = message.HasField("graph")  # an empty file has none
    except DecodeError:
        is_model = False
    if not is_model:
        raise ModelFileError(f"{path} is not a model that onnxruntime can open.")
    metadata = {entry.key: entry.value for entry in message.metadata_props}
    return header_of(path, metadata, tuple(output.name for output in message.graph.output))


def content_of(path: Path) -> bytes:
    """What the model file holds. Raises ModelFileError where there is none."""
    if not path.is_file():
        raise ModelFileError(f"There is no model file {path}. Check the path.")
    return path.read_bytes()


def header_of(path: Path, metadata: dict[str, str], outputs: tuple[str, ...]) -> ModelHeader:
    """From the `metadata` of a file. Raises ModelFileError where it has no spec, or one that cannot be read."""
    if "spec" not in metadata or "revision" not in metadata:
        raise ModelFileError(f"{path} carries no spec. Fovea opens only models that it exported.")
    return ModelHeader(path, ModelSpec.from_json(metadata["spec"]), metadata["revision"], outputs)


@functools.cache
def _message_class() -> Any:
    return message_class("header", _FIELDS)
