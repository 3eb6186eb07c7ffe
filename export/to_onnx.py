"""A trained network becomes one ONNX file: pixels in, calibrated probabilities and every layer's activation out."""

import dataclasses
import warnings
from collections.abc import Sequence
from typing import Protocol, cast

import onnx
import torch
from torch import Tensor, nn

from export.metadata import with_spec
from fovea import ModelSpec

OPSET = 20


class ShowsLayers(Protocol):
    """A network that gives the activation of each layer by name, the logits among them."""

    def feature_maps(self, pixels: Tensor) -> dict[str, Tensor]: ...


class Exported(nn.Module):
    """The graph that ships: the network, its temperature and softmax. Outputs are `output_names`, in order."""

    def __init__(self, network: nn.Module, spec: ModelSpec) -> None:
        super().__init__()
        self.network = network
        self.temperature = spec.temperature
        self.layers = tuple(layer.output for layer in spec.layers)

    def forward(self, pixels: Tensor) -> tuple[Tensor, ...]:
        maps = cast(ShowsLayers, self.network).feature_maps(pixels)
        probabilities = (maps["logits"] / self.temperature).softmax(dim=1)
        return probabilities, *(maps[layer] for layer in self.layers)

    @property
    def output_names(self) -> list[str]:
        return ["probabilities", *self.layers]


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
