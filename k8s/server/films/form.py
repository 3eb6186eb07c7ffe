"""The film in a form: multipart/form-data (RFC 7578), parsed in memory."""

import io

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from k8s.server.films.film import OCTET_STREAM
from k8s.server.problem_kinds import ProblemKind
from k8s.server.problems import Problem

MULTIPART = "multipart/form-data"
FILE_FIELD = "file"
STEP_BYTES = 1_000_000
MAX_PARTS, MAX_PART_HEADERS_BYTES, MAX_BOUNDARY_CHARACTERS = 8, 4096, 70  # RFC 2046 section 5.1.1


def media_type(content_type: str) -> str:
    """`image/png` of `Image/PNG; charset=...`."""
    return content_type.partition(";")[0].strip().lower()


class _Form:
    """Collects the parts of a multipart body (RFC 7578) in memory and ignores file names."""

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


def file_part(body: bytes, content_type: str) -> tuple[bytes, str]:
    """The content and the declared type of the part `file`. Raises Problem 400."""
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
        raise _not_multipart("it cannot be split into parts") from None
    if not form.is_complete:
        raise _not_multipart("its last boundary is missing")
    if len(form.files) != 1:
        raise _not_multipart(f"it has {len(form.files)} parts named {FILE_FIELD} instead of one")
    return form.files[0]


def _not_multipart(what: str) -> Problem:
    return Problem(ProblemKind.MALFORMED_REQUEST, f"The multipart body is invalid: {what}.")
