"""One film as it was sent: the body itself, or a part of a form."""

from k8s.server.films.film import OCTET_STREAM, READ_TYPES
from k8s.server.films.form import MULTIPART, file_part, media_type
from k8s.server.problem_kinds import ProblemKind
from k8s.server.problems import Problem


class Upload:
    """A body of which a form is parsed once, by whoever asks first; not to be asked from two threads at a time."""

    def __init__(self, body: bytes, content_type: str) -> None:
        self._body, self._content_type = body, content_type
        self._film: tuple[bytes, str] | None = None

    def film(self) -> tuple[bytes, str]:
        """The bytes of the film and its declared type. Raises Problem 400 or 415."""
        if self._film is None:
            self._film = _film_of(self._body, self._content_type)
            self._body = b""  # the form around the film would double the memory that it takes
        return self._film


def check_film_type(content_type: str) -> None:
    """Raises Problem 415 before a body is read that cannot be a film."""
    kind = media_type(content_type)
    if kind not in (*READ_TYPES, OCTET_STREAM, MULTIPART):
        raise _unsupported(kind)


def _film_of(body: bytes, content_type: str) -> tuple[bytes, str]:
    kind = media_type(content_type)
    if kind != MULTIPART:
        return body, kind
    content, declared = file_part(body, content_type)
    if declared not in (*READ_TYPES, OCTET_STREAM):
        raise _unsupported(declared)
    return content, declared


def _unsupported(kind: str) -> Problem:
    # what is no media type at all is not repeated
    is_plain = len(kind) <= 50 and kind.isascii() and kind.replace("/", "").replace("-", "").isalnum()
    shown = kind if is_plain else "unknown" if kind else "missing"
    allowed = f"{', '.join((*READ_TYPES, OCTET_STREAM))} or {MULTIPART}"
    return Problem(ProblemKind.UNSUPPORTED_FORMAT, f"The content type is {shown}. Use {allowed}.")
