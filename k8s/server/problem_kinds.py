"""Every kind of problem that a client can meet: the one source of the README's section, the pages and the statuses."""

from enum import StrEnum
from http import HTTPStatus
from typing import NamedTuple

PAGES = "/problems"


class ProblemKind(StrEnum):
    """The stable name of a problem, for programs."""

    MALFORMED_REQUEST = "malformed-request"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not-found"
    METHOD_NOT_ALLOWED = "method-not-allowed"
    UPLOAD_TIMEOUT = "upload-timeout"
    TOO_LARGE = "too-large"
    UNSUPPORTED_FORMAT = "unsupported-format"
    UNSUPPORTED_FILM = "unsupported-film"
    UNREADABLE_FILM = "unreadable-film"
    IDEMPOTENCY_KEY_REUSED = "idempotency-key-reused"
    TOO_MANY_REQUESTS = "too-many-requests"
    HEADERS_TOO_LARGE = "headers-too-large"
    INTERNAL_ERROR = "internal-error"
    BUSY = "busy"
    STARTING = "starting"
    SHUTTING_DOWN = "shutting-down"
    AUDIT_UNAVAILABLE = "audit-unavailable"
    TOKEN_ISSUER_UNAVAILABLE = "token-issuer-unavailable"
    BACKEND_UNAVAILABLE = "backend-unavailable"
    DEADLINE_EXCEEDED = "deadline-exceeded"

    @property
    def type(self) -> str:
        """The member `type` of problem details: the page of this server on the kind (RFC 9457 section 3.1.1)."""
        return f"{PAGES}/{self}"

    @property
    def status(self) -> HTTPStatus:
        return EXPLANATIONS[self].status


class Explanation(NamedTuple):
    """What a kind means and what the client should do. `is_retryable`: the same request may succeed later."""

    status: HTTPStatus
    meaning: str
    action: str
    is_retryable: bool


EXPLANATIONS = {
    ProblemKind.MALFORMED_REQUEST: Explanation(
        HTTPStatus.BAD_REQUEST,
        "The request is not valid: a parameter or header is wrong, a form has no part `file`, or a tensor has the "
        "wrong shape.",
        "Correct what `detail` names.",
        is_retryable=False,
    ),
    ProblemKind.UNAUTHORIZED: Explanation(
        HTTPStatus.UNAUTHORIZED,
        "The credentials are missing, unknown or expired.",
        "Send a valid API key or token. `WWW-Authenticate` names the accepted schemes.",
        is_retryable=False,
    ),
    ProblemKind.FORBIDDEN: Explanation(
        HTTPStatus.FORBIDDEN,
        "The credentials are valid but lack the scope `xray:read`.",
        "Ask the operators for a key or token with this scope.",
        is_retryable=False,
    ),
    ProblemKind.NOT_FOUND: Explanation(
        HTTPStatus.NOT_FOUND,
        "There is no such address, model or problem kind.",
        "Compare the address with `/openapi.json`.",
        is_retryable=False,
    ),
    ProblemKind.METHOD_NOT_ALLOWED: Explanation(
        HTTPStatus.METHOD_NOT_ALLOWED,
        "The address exists but does not take this method.",
        "Use the method in `Allow`.",
        is_retryable=False,
    ),
    ProblemKind.UPLOAD_TIMEOUT: Explanation(
        HTTPStatus.REQUEST_TIMEOUT,
        "The body did not arrive within `XRAY_UPLOAD_SECONDS`.",
        "Send it again over a faster connection.",
        is_retryable=True,
    ),
    ProblemKind.TOO_LARGE: Explanation(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "The body is over `XRAY_MAX_BODY_MB`, the film is over `XRAY_MAX_MEGAPIXELS`, or the JSON of an inference "
        "request is over `XRAY_OIP_JSON_MB`.",
        "Send a smaller film, or tensors in binary form.",
        is_retryable=False,
    ),
    ProblemKind.UNSUPPORTED_FORMAT: Explanation(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        "The body is empty, compressed by `Content-Encoding`, in a file format, transfer syntax or compression "
        "that is not supported, or not what its content type says.",
        "Send DICOM in a supported transfer syntax, PNG or JPEG, with the matching content type.",
        is_retryable=False,
    ),
    ProblemKind.UNSUPPORTED_FILM: Explanation(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "The file is DICOM, but not one grey frontal chest radiograph. `detail` names the tag.",
        "Send another film.",
        is_retryable=False,
    ),
    ProblemKind.UNREADABLE_FILM: Explanation(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "The file is truncated, damaged, or contradicts itself.",
        "Export the film again.",
        is_retryable=False,
    ),
    ProblemKind.IDEMPOTENCY_KEY_REUSED: Explanation(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "The `Idempotency-Key` came with another film before.",
        "Use a new key for each film.",
        is_retryable=False,
    ),
    ProblemKind.TOO_MANY_REQUESTS: Explanation(
        HTTPStatus.TOO_MANY_REQUESTS,
        "This client is over its rate, its number of concurrent requests or its half of the memory for bodies, or "
        "too many requests arrive without valid credentials.",
        "Wait for the seconds in `Retry-After`.",
        is_retryable=True,
    ),
    ProblemKind.HEADERS_TOO_LARGE: Explanation(
        HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
        "The address and headers of the request are longer than 64 kB together.",
        "Send fewer or shorter headers.",
        is_retryable=False,
    ),
    ProblemKind.INTERNAL_ERROR: Explanation(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "The server failed, or the inference server rejected its request.",
        "Give the operators the request id. Their log has a line with it.",
        is_retryable=False,
    ),
    ProblemKind.BUSY: Explanation(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The queue is full, or all the memory for bodies is in use.",
        "Wait for the seconds in `Retry-After`.",
        is_retryable=True,
    ),
    ProblemKind.STARTING: Explanation(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The model has not answered its self-test film yet.",
        "Wait for the seconds in `Retry-After`.",
        is_retryable=True,
    ),
    ProblemKind.SHUTTING_DOWN: Explanation(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "This pod is shutting down.",
        "Send the request again. Another pod will answer.",
        is_retryable=True,
    ),
    ProblemKind.AUDIT_UNAVAILABLE: Explanation(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The audit line cannot be written and `XRAY_AUDIT_ON_ERROR` is `refuse`.",
        "Wait for the seconds in `Retry-After`, and tell the operators if it persists.",
        is_retryable=True,
    ),
    ProblemKind.TOKEN_ISSUER_UNAVAILABLE: Explanation(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The server cannot fetch the keys of the token issuer.",
        "Wait for the seconds in `Retry-After`.",
        is_retryable=True,
    ),
    ProblemKind.BACKEND_UNAVAILABLE: Explanation(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The inference server of `XRAY_BACKEND` does not answer, or its answer is not valid.",
        "Wait for the seconds in `Retry-After`.",
        is_retryable=True,
    ),
    ProblemKind.DEADLINE_EXCEEDED: Explanation(
        HTTPStatus.GATEWAY_TIMEOUT,
        "There was no answer within `XRAY_DEADLINE_SECONDS`, or the film was not decoded within `XRAY_DECODE_SECONDS`, "
        "and the work was dropped.",
        "Send the request again when the server is less busy.",
        is_retryable=True,
    ),
}
