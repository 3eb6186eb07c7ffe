"""The forms of the answers, for the OpenAPI document."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from k8s.server.films.film import DICOM, JPEG, OCTET_STREAM, PNG
from k8s.server.problem_kinds import ProblemKind
from k8s.server.problems import MEDIA_TYPE
from k8s.server.records.request_record import REQUEST_ID, TRACEPARENT


class ModelName(BaseModel):
    name: str = Field(examples=["chest_xray"])
    revision: str = Field(description="sha256 of the weights")


class Thresholds(BaseModel):
    probability_at_least: float | None = Field(description="below it there is no decision")
    ood_score_below: float = Field(description="from this score on there is no decision")
    other_finding_below: float | None = Field(description="from this `other_finding` on there is no decision")


class Identifiers(BaseModel):
    study_instance_uid: str
    series_instance_uid: str
    sop_instance_uid: str
    sop_class_uid: str


class FilmReading(BaseModel):
    """What the model says of one film."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "model": {"name": "chest_xray", "revision": "b0812cb78e958281"},
                "decision": "normal",
                "reasons": [],
                "probabilities": {"normal": 0.97, "pneumonia": 0.02, "covid19": 0.01},
                "ood_score": 0.62,
                "other_finding": 0.21,
                "thresholds": {"probability_at_least": 0.823802, "ood_score_below": 1.0, "other_finding_below": 1.0},
                "dicom": {
                    "study_instance_uid": "1.2.826.0.1.3680043.8.498.4004.3",
                    "series_instance_uid": "1.2.826.0.1.3680043.8.498.4004.2",
                    "sop_instance_uid": "1.2.826.0.1.3680043.8.498.4004.1",
                    "sop_class_uid": "1.2.840.10008.5.1.4.1.1.1",
                },
                "warnings": [],
                "notice": "For research and teaching. Not a medical device: no decision on a patient may rest on it.",
                "request_id": "5f0c8e",
                "timings_ms": {"upload": 0.4, "queue": 0.1, "decode": 3.1, "inference": 12.5, "encode": 0.1},
            }
        }
    )

    model: ModelName
    decision: str = Field(description="a class, or `abstain`")
    reasons: list[str] = Field(description="why there is no decision: unsure, unlike_training, other_finding")
    probabilities: dict[str, float] = Field(description="calibrated, by class")
    ood_score: float = Field(description="distance to the training films. From 1 on there is no decision.")
    other_finding: float | None = Field(
        description="score for a finding outside the classes. From 1 on there is no decision. Null where the model has "
        "no such score."
    )
    thresholds: Thresholds
    dicom: Identifiers | None = Field(description="the identifiers of the film, if it was DICOM")
    warnings: list[str] = Field(description="what the file leaves open, and how the film was turned to L\\F")
    notice: str
    request_id: str
    timings_ms: dict[str, float]
    heatmaps: dict[str, str] | None = Field(
        None, description="by class, a grey PNG as data URI. White is where Grad-CAM is highest."
    )


class ProblemDetails(BaseModel):
    """RFC 9457."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": ProblemKind.UNSUPPORTED_FORMAT.type,
                "title": "Unsupported Media Type",
                "status": 415,
                "detail": "The body is not DICOM, PNG or JPEG. Send one of these.",
                "error": "The body is not DICOM, PNG or JPEG. Send one of these.",
                "request_id": "5f0c8e",
            }
        }
    )

    type: str = Field(description="the kind of problem, for programs. This address of the server explains it.")
    title: str
    status: int
    detail: str = Field(description="for people: what is wrong, and what is allowed")
    error: str = Field(description="the same text, for clients of the Open Inference Protocol")
    request_id: str
    retry_after_seconds: int | None = Field(None, description="as the header Retry-After")


_MEANINGS = {
    400: "malformed request",
    401: "no or wrong credentials",
    403: "the credentials lack the scope xray:read",
    404: "no such address or model",
    405: "method not allowed",
    408: "the body did not arrive in time",
    413: "body or image too large",
    415: "unsupported content type or transfer syntax",
    422: "not a readable single-frame grey chest radiograph, or a reused Idempotency-Key",
    429: "too many requests of this client",
    500: "the server failed",
    503: "busy, starting, stopping, or without audit log",
    504: "not answered before the deadline",
}

_STRING = {"type": "string"}
TRACE_REQUEST_HEADERS: list[dict[str, Any]] = [
    {
        "name": REQUEST_ID,
        "in": "header",
        "schema": _STRING,
        "description": "returned and logged if it is 1 to 128 characters of A-Za-z0-9._:/+=-",
        "example": "case-17",
    },
    {
        "name": TRACEPARENT,
        "in": "header",
        "schema": _STRING,
        "description": "the caller's trace (W3C Trace Context)",
        "example": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    },
]
TRACE_RESPONSE_HEADERS: dict[str, Any] = {
    REQUEST_ID: {"schema": _STRING, "required": True, "description": "the caller's, or a new one"},
    TRACEPARENT: {"schema": _STRING, "required": True, "description": "the trace, and the span of this request"},
}


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route."""
    return {status: _refusal(status) for status in statuses}


def _refusal(status: int) -> dict[str, Any]:
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}}
    response: dict[str, Any] = {"description": _MEANINGS[status], "content": content}
    if status in (429, 503):
        response["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "seconds"}}
    if status == 401:
        response["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}, "description": "what is asked for"}}
    return response


_BINARY = {"schema": {"type": "string", "format": "binary"}}

FILM_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            DICOM: _BINARY,
            PNG: _BINARY,
            JPEG: _BINARY,
            OCTET_STREAM: _BINARY,
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"file": {"type": "string", "format": "binary"}},
                    "required": ["file"],
                }
            },
        },
    }
}
