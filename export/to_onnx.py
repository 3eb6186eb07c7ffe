"""A trained network, as the graph that ships, becomes one ONNX file."""

import dataclasses
import warnings
from collections.abc import Sequence
from typing import Protocol

import onnx
import torch
from torch import Tensor, nn

from export.metadata import with_spec
from fovea import ModelSpec

OPSET = 20


class Graph(Protocol):
    """A module whose outputs, in order, are called `output_names`."""

    @property
    def output_names(self) -> Sequence[str]: ...

    def eval(self) -> nn.Module: ...

    def __call__(self, pixels: Tensor) -> tuple[Tensor, ...]: ...


def to_onnx(exported: Graph, spec: ModelSpec) -> onnx.ModelProto:
    """The graph with revision and spec, the opset in it, as its metadata."""
    example = torch.zeros(2, spec.height, spec.width, spec.channels, dtype=torch.uint8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # raised inside the exporter itself
        warnings.simplefilter("ignore", FutureWarning)
        program = torch.onnx.export(
            exported.eval(),
            (example,),
            input_names=["pixels"],
            output_names=list(exported.output_names),
            dynamic_shapes={"pixels": {0: torch.export.Dim("batch", min=1)}},
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
        )
    assert program is not None  # as it is with dynamo=True
    proto = program.model_proto
    strip_traces(proto)
    result = with_spec(proto, dataclasses.replace(spec, opset=OPSET))
    onnx.checker.check_model(result, full_check=True)
    return result


def strip_traces(proto: onnx.ModelProto) -> None:
    """Drop the exporter's notes: they hold source paths of the machine that exported."""
    proto.graph.ClearField("metadata_props")
    for item in (*proto.graph.node, *proto.graph.input, *proto.graph.output, *proto.graph.value_info):
        item.ClearField("metadata_props")
        item.ClearField("doc_string")
    for item in proto.graph.initializer:
        item.ClearField("metadata_props")
