"""What a client gets instead of an answer: problem details of RFC 9457 in plain sentences, nothing from inside."""

import json
from http import HTTPStatus
from typing import Any

from fovea.errors import (
    FoveaError,
    ImageTooLargeError,
    UnreadableImageError,
    UnsupportedCompressionError,
    UnsupportedDicomError,
    UnsupportedFormatError,
)
from k8s.server.problem_kinds import ProblemKind

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):  # noqa: N818 - the name is that of RFC 9457
    """A refusal. `kind` is for programs, `detail` is for people; its status is the kind's unless given."""

    def __init__(
        self,
        kind: ProblemKind,
        detail: str,
        *,
        status: int | None = None,
        retry_after_s: int | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind, self.detail, self.status = kind, detail, status or int(kind.status)
        self.retry_after_s = retry_after_s
        self.headers = dict(headers or {})
        if retry_after_s is not None:
            self.headers["Retry-After"] = str(retry_after_s)

    @property
    def title(self) -> str:
        return HTTPStatus(self.status).phrase

    def body(self, request_id: str) -> bytes:
        """RFC 9457 section 3, and `error` with the same sentence, which the Open Inference Protocol asks for."""
        members: dict[str, Any] = {
            "type": self.kind.type,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "error": self.detail,
            "request_id": request_id,
        }
        if self.retry_after_s is not None:
            members["retry_after_seconds"] = self.retry_after_s
        return json.dumps(members).encode()


# Errors of the runtime name tags and sizes, never values that could be a patient's: their sentence may be shown.
_OF_IMAGES: tuple[tuple[type[FoveaError], ProblemKind], ...] = (
    (ImageTooLargeError, ProblemKind.TOO_LARGE),
    (UnsupportedFormatError, ProblemKind.UNSUPPORTED_FORMAT),
    (UnsupportedCompressionError, ProblemKind.UNSUPPORTED_FORMAT),
    (UnsupportedDicomError, ProblemKind.UNSUPPORTED_FILM),
    (UnreadableImageError, ProblemKind.UNREADABLE_FILM),
)


def of_image_error(error: FoveaError) -> Problem:
    """The refusal for an image that the runtime does not read."""
    for error_type, kind in _OF_IMAGES:
        if isinstance(error, error_type):
            return Problem(kind, str(error))
    return Problem(ProblemKind.UNREADABLE_FILM, str(error))


def internal() -> Problem:
    return Problem(ProblemKind.INTERNAL_ERROR, "The server failed. Give its operators the request id.")


def of_status(status: int, allow: str = "") -> Problem:
    """The refusal for what the router itself turns away."""
    if status == 404:
        return Problem(ProblemKind.NOT_FOUND, "There is nothing at this address. /openapi.json lists all addresses.")
    if status == 405:
        headers = {"Allow": allow} if allow else {}
        advice = f" Use {allow}." if allow else ""
        return Problem(
            ProblemKind.METHOD_NOT_ALLOWED, f"This address does not support this method.{advice}", headers=headers
        )
    return Problem(ProblemKind.MALFORMED_REQUEST, f"{HTTPStatus(status).phrase}.", status=status)
