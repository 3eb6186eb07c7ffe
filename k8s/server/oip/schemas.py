"""The Open Inference Protocol in the OpenAPI document: what goes in, what comes out, an example of each."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from fovea import __version__
from k8s.server.oip.protocol import BINARY, INPUT, REQUEST_HEADER_LENGTH, RESPONSE_HEADER_LENGTH

_PIXELS: dict[str, Any] = {"name": INPUT, "datatype": "UINT8", "shape": [1, 224, 224, 1]}


class ServerMetadata(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={"example": {"name": "fovea", "version": __version__, "extensions": ["binary_tensor_data"]}}
    )

    name: str
    version: str
    extensions: list[str]


class Live(BaseModel):
    model_config = ConfigDict(json_schema_extra={"example": {"live": True}})

    live: bool


class Ready(BaseModel):
    model_config = ConfigDict(json_schema_extra={"example": {"ready": True}})

    ready: bool


class ModelReady(BaseModel):
    model_config = ConfigDict(json_schema_extra={"example": {"name": "chest_xray", "ready": True}})

    name: str
    ready: bool


class TensorMetadata(BaseModel):
    name: str
    datatype: Literal["UINT8", "FP32"]
    shape: list[int] = Field(description="-1 stands for the batch")


class ModelMetadata(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "name": "chest_xray",
                "versions": ["cb732f73c552"],
                "platform": "onnx_onnxv1",
                "inputs": [_PIXELS | {"shape": [-1, 224, 224, 1]}],
                "outputs": [
                    {"name": "probabilities", "datatype": "FP32", "shape": [-1, 3]},
                    {"name": "heatmaps", "datatype": "FP32", "shape": [-1, 3, 12, 12]},
                    {"name": "embedding", "datatype": "FP32", "shape": [-1, 128]},
                    {"name": "ood_score", "datatype": "FP32", "shape": [-1]},
                    {"name": "other_finding", "datatype": "FP32", "shape": [-1]},
                ],
            }
        }
    )

    name: str
    versions: list[str]
    platform: str
    inputs: list[TensorMetadata]
    outputs: list[TensorMetadata]


class OutputTensor(BaseModel):
    name: str
    datatype: Literal["FP32"]
    shape: list[int]
    parameters: dict[str, Any] | None = Field(None, description="binary_data_size, where the numbers follow the JSON")
    data: list[float] | None = Field(None, description="flat, where they do not")


class InferResponse(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "model_name": "chest_xray",
                "model_version": "cb732f73c552",
                "id": "case-17",
                "outputs": [
                    {"name": "probabilities", "datatype": "FP32", "shape": [1, 3], "data": [0.97, 0.02, 0.01]},
                    {"name": "ood_score", "datatype": "FP32", "shape": [1], "data": [0.62]},
                    {"name": "other_finding", "datatype": "FP32", "shape": [1], "data": [0.21]},
                ],
            }
        }
    )

    model_name: str
    model_version: str
    id: str | None = None
    outputs: list[OutputTensor]


_OUTPUTS = [
    {"name": "probabilities", "parameters": {"binary_data": False}},
    {"name": "ood_score"},
    {"name": "other_finding"},
]
_BINARY_EXAMPLE = {
    "id": "case-17",
    "inputs": [_PIXELS | {"parameters": {"binary_data_size": 50176}}],
    "outputs": _OUTPUTS,
}
_JSON_SCHEMA = {
    "type": "object",
    "required": ["inputs"],
    "properties": {
        "id": {"type": "string", "description": "comes back in the answer"},
        "inputs": {
            "type": "array",
            "minItems": 1,
            "maxItems": 1,
            "items": {
                "type": "object",
                "required": ["name", "datatype", "shape"],
                "properties": {
                    "name": {"const": INPUT},
                    "datatype": {"const": "UINT8"},
                    "shape": {
                        "type": "array",
                        "items": {"type": "integer", "minimum": 1},
                        "minItems": 4,
                        "maxItems": 4,
                        "description": "N from 1 to 16, and the size in the model's metadata",
                    },
                    "data": {"type": "array", "description": "whole numbers from 0 to 255, flat or nested"},
                    "parameters": {
                        "type": "object",
                        "properties": {"binary_data_size": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
        "outputs": {
            "type": "array",
            "description": "all, where none is named",
            "items": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string"},
                    "parameters": {"type": "object", "properties": {"binary_data": {"type": "boolean"}}},
                },
            },
        },
        "parameters": {"type": "object", "properties": {"binary_data_output": {"type": "boolean"}}},
    },
}

INFER_BODY: dict[str, Any] = {
    "parameters": [
        {
            "name": REQUEST_HEADER_LENGTH,
            "in": "header",
            "schema": {"type": "integer", "minimum": 0},
            "description": "bytes of the JSON, where binary tensors follow it",
        }
    ],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": _JSON_SCHEMA,
                "examples": {
                    "head": {
                        "summary": "The JSON in front of 89,401 bytes of pixels. The type is then " + BINARY,
                        "value": _BINARY_EXAMPLE,
                    }
                },
            },
            BINARY: {"schema": {"type": "string", "format": "binary"}},
        },
    },
}

INFER_RESPONSE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The outputs asked for, in that order",
        "model": InferResponse,
        "content": {BINARY: {"schema": {"type": "string", "format": "binary"}}},
        "headers": {
            RESPONSE_HEADER_LENGTH: {
                "schema": {"type": "integer"},
                "description": "bytes of the JSON, where binary tensors follow it",
            }
        },
    }
}
