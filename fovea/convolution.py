"""What the convolutions of a model file compute with: their biases, and the numbers that pixels become before them.

Neither is an output of the file, so the nodes that lead to them are cut out of it and run alone.
"""

import functools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fovea.errors import SettingError
from fovea.header import ModelHeader, content_of
from fovea.protobuf import Field, message_class
from fovea.revision import check_revision
from fovea.session import open_part

_FIELDS: dict[str, list[Field]] = {
    "Model": [("graph", 7, False, ".part.Graph")],
    "Graph": [
        ("node", 1, True, ".part.Node"),
        ("initializer", 5, True, ".part.Tensor"),
        ("output", 12, True, ".part.Output"),
    ],
    "Node": [("input", 1, True, "string"), ("output", 2, True, "string"), ("op_type", 4, False, "string")],
    "Tensor": [("name", 8, False, "string")],
    "Output": [("name", 1, False, "string")],
}
_VALUES, _WEIGHTS, _BIAS = range(3)  # of a Conv's inputs


class Convolutions:
    """Those of one file. Raises ModelFileError or RevisionError where it is missing or was changed."""

    def __init__(self, header: ModelHeader) -> None:
        content = content_of(header.path)
        check_revision(content, header.revision, str(header.path))
        model = _message_class()()
        model.ParseFromString(content)
        made = {node.output[0]: node for node in model.graph.node if node.op_type == "Conv"}
        self._inputs = {
            layer.output: list(made[layer.output].input) for layer in header.spec.layers if layer.output in made
        }
        on_pixels = {layer.output for layer in header.spec.layers if not layer.inputs}
        names = {names[_VALUES] for layer, names in self._inputs.items() if layer in on_pixels}
        names |= {names[_BIAS] for names in self._inputs.values() if len(names) > _BIAS}
        self._session = open_part(_part(model, names))
        self._blank = np.zeros((1, header.spec.height, header.spec.width, header.spec.channels), np.uint8)

    def bias(self, layer: str) -> NDArray[np.float32] | None:
        """(O,) of the convolution `layer`, None where it has none. Raises SettingError where it is no convolution."""
        names = self._names(layer)
        return self._run(names[_BIAS], self._blank) if len(names) > _BIAS else None

    def rescaled(self, layer: str, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The numbers (C, H, W) that a convolution on the pixels (H, W, C) takes in. Raises SettingError for others."""
        name = self._names(layer)[_VALUES]
        if name not in {output.name for output in self._session.get_outputs()}:
            raise SettingError(f"{layer} does not lie on the pixels.")
        batch = self._run(name, pixels[np.newaxis])
        return batch.reshape(batch.shape[1:])

    def _names(self, layer: str) -> list[str]:
        if layer not in self._inputs:
            raise SettingError(f"{layer} is not a convolution.")
        return self._inputs[layer]

    def _run(self, name: str, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        values: NDArray[np.float32] = self._session.run([name], {"pixels": pixels})[0]
        return values


def _part(model: Any, names: set[str]) -> bytes:
    """The file with those of its nodes and weights alone that lead to the values `names`, which are its outputs."""
    graph = model.graph
    makers = {output: node for node in graph.node for output in node.output}
    needed: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += makers[name].input if name in makers else []
    # what the class does not name, attributes and numbers among it, travels along unread
    nodes = [node.SerializeToString() for node in graph.node if needed.intersection(node.output)]
    weights = [tensor.SerializeToString() for tensor in graph.initializer if tensor.name in needed]
    for field in (graph.node, graph.initializer, graph.output):
        del field[:]
    for field, kept in ((graph.node, nodes), (graph.initializer, weights)):
        for content in kept:
            field.add().ParseFromString(content)
    for name in sorted(names):
        graph.output.add().name = name
    part: bytes = model.SerializeToString()
    return part


@functools.cache
def _message_class() -> Any:
    """ModelProto with those fields by name."""
    return message_class("part", _FIELDS)
