"""The body of a request, read within limits of size, time and memory."""

import asyncio
import io
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from starlette.requests import ClientDisconnect, Request

from k8s.server.films.body_memory import BodyMemory, BodyReservation
from k8s.server.problem_kinds import ProblemKind
from k8s.server.problems import Problem
from k8s.server.settings import MEGABYTE


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
                ProblemKind.UNSUPPORTED_FORMAT, "Content-Encoding must be identity. Send the body uncompressed."
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
        return Problem(ProblemKind.TOO_LARGE, f"The body is larger than the limit of {self.max_bytes / MEGABYTE:g} MB.")


async def _parts(request: Request) -> AsyncIterator[bytes]:
    async for part in request.stream():
        yield part
