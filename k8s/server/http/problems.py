"""What a client gets instead of an answer: problem details of RFC 9457, one sentence each, nothing from inside."""

import json
from http import HTTPStatus
from typing import Any

from fovea.errors import (
    FoveaError,
    ImageTooLargeError,
    UnreadableImageError,
    UnsupportedDicomError,
    UnsupportedFormatError,
)

MEDIA_TYPE = "application/problem+json"
TYPE_BASE = "https://github.com/fovea/fovea/blob/main/k8s/README.md#"


class Problem(Exception):  # noqa: N818 - the name is that of RFC 9457
    """A refusal. `kind` is stable and meant for programs, `detail` is a sentence for people."""

    def __init__(
        self,
        status: int,
        kind: str,
        detail: str,
        *,
        retry_after_s: int | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.kind, self.detail = status, kind, detail
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
            "type": TYPE_BASE + self.kind,
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
_OF_IMAGES: tuple[tuple[type[FoveaError], int, str], ...] = (
    (ImageTooLargeError, 413, "too-large"),
    (UnsupportedFormatError, 415, "unsupported-format"),
    (UnsupportedDicomError, 422, "not-a-chest-film"),
    (UnreadableImageError, 422, "unreadable"),
)


def of_image_error(error: FoveaError) -> Problem:
    """The refusal for an image that the runtime does not read."""
    for error_type, status, kind in _OF_IMAGES:
        if isinstance(error, error_type):
            return Problem(status, kind, str(error))
    return Problem(422, "unreadable", str(error))


def internal() -> Problem:
    return Problem(500, "internal", "The server failed; the request id leads its operators to the reason.")


def of_status(status: int, allow: str = "") -> Problem:
    """The refusal for what the router itself turns away."""
    if status == 404:
        return Problem(404, "not-found", "There is nothing at this address; /openapi.json lists what there is.")
    if status == 405:
        headers = {"Allow": allow} if allow else {}
        allowed = f"; allowed is {allow}" if allow else ""
        return Problem(405, "method-not-allowed", f"This address does not take this method{allowed}.", headers=headers)
    return Problem(status, "malformed", f"{HTTPStatus(status).phrase}.")
