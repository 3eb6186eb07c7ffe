"""The tensors of the Open Inference Protocol v2, in JSON and in the binary tensor data extension.

https://github.com/open-inference/open-inference-protocol and Triton's docs/protocol/extension_binary_data.md.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from k8s.server.oip.json_data import TAKEN_OUT, NotWholeNumbersError, OutOfRangeError, whole_numbers, without_data
from k8s.server.problem_kinds import ProblemKind
from k8s.server.problems import Problem

REQUEST_HEADER_LENGTH = "Inference-Header-Content-Length"
RESPONSE_HEADER_LENGTH = REQUEST_HEADER_LENGTH
BINARY = "application/octet-stream"
DATATYPES: dict[str, type[np.generic]] = {"UINT8": np.uint8, "FP32": np.float32}
INPUT = "pixels"
MAX_OTHER_JSON_BYTES = 65_536  # beside the data; parsing holds up every other thread, so more is not begun


@dataclass(frozen=True)
class OutputWish:
    """One output that the client asks for."""

    name: str
    is_binary: bool


@dataclass(frozen=True)
class InferRequest:
    """`pixels` uint8 (N, H, W, C); `outputs` in the order asked for."""

    id: str
    pixels: NDArray[np.uint8]
    outputs: tuple[OutputWish, ...]


def parse_request(
    body: bytes,
    header_length: str | None,
    shape: tuple[int, int, int],
    outputs: tuple[str, ...],
    max_batch: int,
    max_json_bytes: int,
) -> InferRequest:
    """An infer request for `pixels` of (N, *shape) and the outputs of a model. Raises Problem 400 or 413."""
    length = len(body) if header_length is None else _number(header_length, len(body))
    if length > max_json_bytes:
        raise Problem(
            ProblemKind.TOO_LARGE,
            f"The JSON is {length:,} bytes long. The limit is {max_json_bytes:,}. Send larger tensors in binary form.",
        )
    text, data = without_data(body[:length])
    if len(text) > MAX_OTHER_JSON_BYTES:
        raise _malformed(
            f"the JSON has over {MAX_OTHER_JSON_BYTES:,} bytes beside the data of {INPUT}, a list of whole numbers"
        )
    message = _object(text)
    inputs = message.get("inputs")
    if not isinstance(inputs, list) or len(inputs) != 1 or not isinstance(inputs[0], dict):
        raise _malformed(f"inputs must be a list of one tensor, {INPUT}")
    pixels = _tensor(inputs[0], data, body[length:], shape, max_batch)
    id_ = message.get("id", "")
    if not isinstance(id_, str):
        raise _malformed("id must be a string")
    return InferRequest(id_, pixels, _wishes(message, outputs))


def _number(header_length: str, body_length: int) -> int:
    is_number = header_length.isascii() and header_length.isdigit() and len(header_length) <= 12
    if not is_number or int(header_length) > body_length:
        raise _malformed(f"{REQUEST_HEADER_LENGTH} must be the length of the JSON, at most that of the body")
    return int(header_length)


def _object(text: bytes) -> dict[str, Any]:
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        raise _malformed("the body is not JSON") from None
    if not isinstance(message, dict):
        raise _malformed("the body is not a JSON object")
    return message


def _tensor(
    tensor: dict[str, Any], data: bytes | None, tail: bytes, expected: tuple[int, int, int], max_batch: int
) -> NDArray[np.uint8]:
    if tensor.get("name") != INPUT:
        raise _malformed(f"the input must be named {INPUT}")
    if tensor.get("datatype") != "UINT8":
        raise _malformed(f"the datatype of {INPUT} must be UINT8")
    shape = tensor.get("shape")
    is_shape = isinstance(shape, list) and len(shape) == 4 and all(type(size) is int for size in shape)
    if not is_shape or tuple(shape[1:]) != expected or not 1 <= shape[0] <= max_batch:  # type: ignore[index]
        raise _malformed(
            f"the shape of {INPUT} must be [N, {expected[0]}, {expected[1]}, {expected[2]}], N from 1 to {max_batch}"
        )
    count = int(np.prod(shape))  # type: ignore[arg-type]
    size = _parameters(tensor).get("binary_data_size")
    if size is not None:
        if type(size) is not int or size != len(tail) or size != count:
            raise _malformed(f"binary_data_size must be {count}, and as many bytes must follow the JSON")
        return np.frombuffer(tail, np.uint8).reshape(shape)
    return _numbers(data if tensor.get("data") == TAKEN_OUT else None, tuple(shape))  # type: ignore[arg-type]


def _numbers(data: bytes | None, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """The protocol allows flat and nested lists."""
    try:
        return whole_numbers(data or b"", shape)
    except NotWholeNumbersError:
        raise _malformed(
            f"the data of {INPUT} must be {math.prod(shape)} whole numbers, in one list or nested as the shape says"
        ) from None
    except OutOfRangeError:
        raise _malformed(f"the data of {INPUT} must be whole numbers from 0 to 255") from None


def _wishes(message: dict[str, Any], available: tuple[str, ...]) -> tuple[OutputWish, ...]:
    all_binary = _parameters(message).get("binary_data_output") is True
    asked = message.get("outputs")
    if not asked:
        return tuple(OutputWish(name, all_binary) for name in available)
    if not isinstance(asked, list) or not all(isinstance(output, dict) for output in asked):
        raise _malformed("outputs must be a list of objects")
    names = [output.get("name") for output in asked]
    if len(names) > len(available) or not all(name in available for name in names):
        raise _malformed(f"the outputs are {', '.join(available)}")
    return tuple(
        OutputWish(output["name"], _parameters(output).get("binary_data", all_binary) is True) for output in asked
    )


def _parameters(message: dict[str, Any]) -> dict[str, Any]:
    parameters = message.get("parameters", {})
    if not isinstance(parameters, dict):
        raise _malformed("parameters must be an object")
    return parameters


def _malformed(what: str) -> Problem:
    return Problem(ProblemKind.MALFORMED_REQUEST, f"Not an inference request: {what}.")


def render_response(
    request: InferRequest, results: Mapping[str, NDArray[np.float32]], model: str, version: str
) -> tuple[bytes, dict[str, str]]:
    """Body and headers of the answer."""
    tensors: list[dict[str, Any]] = []
    parts: list[bytes] = []
    for wish in request.outputs:
        values = np.ascontiguousarray(results[wish.name], np.float32)
        tensor: dict[str, Any] = {"name": wish.name, "datatype": "FP32", "shape": list(values.shape)}
        if wish.is_binary:
            parts.append(values.astype("<f4").tobytes())
            tensor["parameters"] = {"binary_data_size": len(parts[-1])}
        else:
            tensor["data"] = values.ravel().tolist()
        tensors.append(tensor)
    message: dict[str, Any] = {"model_name": model, "model_version": version, "outputs": tensors}
    if request.id:
        message["id"] = request.id
    head = json.dumps(message).encode()
    if not parts:
        return head, {"Content-Type": "application/json"}
    return b"".join([head, *parts]), {"Content-Type": BINARY, RESPONSE_HEADER_LENGTH: str(len(head))}


def request_of(pixels: NDArray[np.uint8]) -> tuple[dict[str, str], bytes]:
    """Headers and body of a binary request for every output."""
    data = np.ascontiguousarray(pixels).tobytes()
    tensor = {"name": INPUT, "datatype": "UINT8", "shape": list(pixels.shape)}
    message = {
        "inputs": [tensor | {"parameters": {"binary_data_size": len(data)}}],
        "parameters": {"binary_data_output": True},
    }
    head = json.dumps(message).encode()
    return {"Content-Type": BINARY, REQUEST_HEADER_LENGTH: str(len(head))}, head + data


def response_arrays(body: bytes, header_length: str | None) -> dict[str, NDArray[np.float32]]:
    """The tensors in another server's answer. Raises Problem 503 where it is no such answer."""
    try:
        length = len(body) if header_length is None else int(header_length)
        arrays, at = {}, length
        for tensor in json.loads(body[:length])["outputs"]:
            size = tensor.get("parameters", {}).get("binary_data_size")
            if size is None:
                values = np.asarray(tensor["data"], np.float32)
            else:
                values = np.frombuffer(body[at : at + size], "<f4").astype(np.float32)
                at += size
            arrays[str(tensor["name"])] = values.reshape(tensor["shape"])
        return arrays
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        raise Problem(
            ProblemKind.BACKEND_UNAVAILABLE, "The inference server's answer cannot be read.", retry_after_s=2
        ) from None
