"""The body of a request, read within limits of size, time and memory."""

import asyncio
import io
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from k8s.server.films.body_memory import BodyMemory, BodyReservation
from k8s.server.films.film import OCTET_STREAM, READ_TYPES
from k8s.server.http.problem_kinds import ProblemKind
from k8s.server.http.problems import Problem
from k8s.server.settings import MEGABYTE

MULTIPART = "multipart/form-data"
FILE_FIELD = "file"
STEP_BYTES = 1_000_000
MAX_PARTS, MAX_PART_HEADERS_BYTES, MAX_BOUNDARY_CHARACTERS = 8, 4096, 70  # RFC 2046 section 5.1.1


class Bodies:
    """Reads bodies, and keeps the memory of all that are held at a time under a bound."""

    def __init__(self, max_body_mb: float, all_mb: float, upload_s: float) -> None:
        self.max_bytes = int(max_body_mb * MEGABYTE)
        self._memory, self._upload_s = BodyMemory(int(all_mb * MEGABYTE), self.max_bytes), upload_s

    @contextmanager
    def reserve(self, request: Request, client: str) -> Iterator[BodyReservation]:
        """Room for a body, while it is held. Raises Problem 400, 413, 429 or 503 for one that cannot have it now."""
        self._memory.check(client, self._announced(request))
        with self._memory.reserve(client) as reservation:
            yield reservation

    def _announced(self, request: Request) -> int:
        if request.headers.get("content-encoding", "identity") != "identity":
            raise Problem(
                ProblemKind.UNSUPPORTED_FORMAT, "Content-Encoding must be identity: bodies are taken as they are."
            )
        length = request.headers.get("content-length")
        if length is None:
            return 0  # chunked: it shows as it comes
        if not length.isascii() or not length.isdigit():
            raise Problem(ProblemKind.MALFORMED_REQUEST, "Content-Length must be a whole number.")
        if len(length) > 15 or int(length) > self.max_bytes:
            raise self._too_large()
        return int(length)

    async def read(self, request: Request, reservation: BodyReservation) -> bytes:
        """The whole body. Raises Problem 400, 408, 413, 429 or 503."""
        content = io.BytesIO()  # whose value is not copied, which would hold up the event loop
        try:
            async with asyncio.timeout(self._upload_s):
                async for part in _parts(request):
                    if content.tell() + len(part) > self.max_bytes:
                        raise self._too_large()
                    reservation.take(len(part))
                    content.write(part)
        except TimeoutError:
            raise Problem(
                ProblemKind.UPLOAD_TIMEOUT, f"The body did not arrive within {self._upload_s:g} seconds."
            ) from None
        except ClientDisconnect:
            raise Problem(ProblemKind.MALFORMED_REQUEST, "The body ended early.") from None
        return content.getvalue()

    def _too_large(self) -> Problem:
        return Problem(
            ProblemKind.TOO_LARGE, f"The body is larger than {self.max_bytes / MEGABYTE:g} MB; at most that is read."
        )


async def _parts(request: Request) -> AsyncIterator[bytes]:
    async for part in request.stream():
        yield part


def check_film_type(content_type: str) -> None:
    """Raises Problem 415 before a body is read that cannot be a film."""
    kind = media_type(content_type)
    if kind not in (*READ_TYPES, OCTET_STREAM, MULTIPART):
        raise _unsupported(kind)


def media_type(content_type: str) -> str:
    """`image/png` of `Image/PNG; charset=...`."""
    return content_type.partition(";")[0].strip().lower()


def film_of(body: bytes, content_type: str) -> tuple[bytes, str]:
    """The bytes of the film and its declared type, out of a raw or a multipart body. Raises Problem 400 or 415."""
    kind = media_type(content_type)
    if kind != MULTIPART:
        return body, kind
    content, declared = _file_part(body, content_type)
    if declared not in (*READ_TYPES, OCTET_STREAM):
        raise _unsupported(declared)
    return content, declared


def _unsupported(kind: str) -> Problem:
    # what is no media type at all is not repeated
    is_plain = len(kind) <= 50 and kind.isascii() and kind.replace("/", "").replace("-", "").isalnum()
    shown = kind if is_plain else "unknown" if kind else "missing"
    allowed = ", ".join((*READ_TYPES, OCTET_STREAM, MULTIPART))
    return Problem(ProblemKind.UNSUPPORTED_FORMAT, f"The content type is {shown}; allowed are {allowed}.")


class _Form:
    """Collects the parts of a multipart body (RFC 7578) in memory; file names are passed over."""

    def __init__(self) -> None:
        self.files: list[tuple[bytes, str]] = []
        self.is_complete = False
        self._parts = 0
        self._headers: dict[str, str] = {}
        self._name, self._value = bytearray(), bytearray()
        self._content = io.BytesIO()

    def on_part_begin(self) -> None:
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise _not_multipart(f"it has more than {MAX_PARTS} parts")
        self._headers, self._content = {}, io.BytesIO()

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._grow(self._name, data[start:end])

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._grow(self._value, data[start:end])

    def _grow(self, text: bytearray, data: bytes) -> None:
        text += data
        if len(text) > MAX_PART_HEADERS_BYTES or len(self._headers) > 16:
            raise _not_multipart("the headers of a part are too long")

    def on_header_end(self) -> None:
        self._headers[self._name.decode("latin-1").lower()] = self._value.decode("latin-1")
        self._name, self._value = bytearray(), bytearray()

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        self._content.write(memoryview(data)[start:end])

    def on_part_end(self) -> None:
        _, options = parse_options_header(self._headers.get("content-disposition", ""))
        if options.get(b"name") == FILE_FIELD.encode():
            self.files.append((self._content.getvalue(), media_type(self._headers.get("content-type", OCTET_STREAM))))

    def on_end(self) -> None:
        self.is_complete = True


def _file_part(body: bytes, content_type: str) -> tuple[bytes, str]:
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary", b"")
    if not 1 <= len(boundary) <= MAX_BOUNDARY_CHARACTERS:
        raise _not_multipart("its boundary is missing or too long")
    form = _Form()
    names = ("part_begin", "part_data", "part_end", "header_field", "header_value", "header_end", "end")
    parser = MultipartParser(boundary, {f"on_{name}": getattr(form, f"on_{name}") for name in names})  # type: ignore[arg-type]
    try:
        view = memoryview(body)
        for at in range(0, len(body), STEP_BYTES):  # in steps, between which other threads run
            parser.write(bytes(view[at : at + STEP_BYTES]))
        parser.finalize()
    except FormParserError:
        raise _not_multipart("its parts cannot be told apart") from None
    if not form.is_complete:
        raise _not_multipart("its last boundary is missing")
    if len(form.files) != 1:
        raise _not_multipart(f"it has {len(form.files)} parts named {FILE_FIELD}; one is expected")
    return form.files[0]


def _not_multipart(what: str) -> Problem:
    return Problem(ProblemKind.MALFORMED_REQUEST, f"The multipart body is wrong: {what}.")
