"""One limit for every request body, whatever its path and form. A body reaches the app whole or not at all."""

import asyncio
import time

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from space.pictures import MAX_UPLOAD_BYTES

MAX_BODY_BYTES = MAX_UPLOAD_BYTES + 64 * 2**10  # the largest file, and the multipart around it
MAX_HELD_BYTES = 4 * MAX_BODY_BYTES
IDLE_S = 20.0  # without a byte
WHOLE_S = 300.0  # the largest file at 1.8 Mbit/s


class BodyLimit:
    """Reads a body into memory before the app sees the request, so one that breaks off leaves nothing anywhere."""

    def __init__(self, app: ASGIApp, idle_s: float = IDLE_S, whole_s: float = WHOLE_S) -> None:
        self.app = app
        self.idle_s = idle_s
        self.whole_s = whole_s
        self.held_bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope) if scope["type"] == "http" else {}
        if not ("content-length" in headers or "transfer-encoding" in headers):
            await self.app(scope, receive, send)
            return
        announced = headers.get("content-length", "0")
        if announced.isdecimal() and int(announced) > MAX_BODY_BYTES:
            await _too_large(scope, receive, send)
            return
        body = bytearray()
        try:
            refusal = await self._read(body, receive)
            if refusal is None:
                await self.app(scope, _replayed(body, receive), send)
            else:
                await refusal(scope, receive, send)
        except _BrokenOffError:
            return
        finally:
            self.held_bytes -= len(body)

    async def _read(self, body: bytearray, receive: Receive) -> PlainTextResponse | None:
        """Fill `body`; the refusal where it is too large or too slow, or too much is held. Raises _BrokenOffError."""
        deadline = time.monotonic() + self.whole_s
        more = True
        while more:
            try:
                wait_s = min(self.idle_s, deadline - time.monotonic())
                message = await asyncio.wait_for(receive(), wait_s)
            except TimeoutError:
                return _refusal(408, "The request's body did not arrive in time. Please send it again.")
            if message["type"] == "http.disconnect":
                raise _BrokenOffError
            chunk = message.get("body", b"")
            if len(body) + len(chunk) > MAX_BODY_BYTES:
                return _too_large
            if self.held_bytes + len(chunk) > MAX_HELD_BYTES:
                return _refusal(
                    503, "Too many uploads at a time. Please try again in a few seconds.", {"Retry-After": "5"}
                )
            self.held_bytes += len(chunk)
            body += chunk
            more = message.get("more_body", False)
        return None


class _BrokenOffError(Exception):
    """The client went away before its body was whole."""


def _refusal(status: int, sentence: str, headers: dict[str, str] | None = None) -> PlainTextResponse:
    # what is still on its way is not read, so the connection cannot be used again
    return PlainTextResponse(sentence, status, {"Connection": "close"} | (headers or {}))


_too_large = _refusal(413, f"The request's body is too large. Send at most {MAX_BODY_BYTES:,} bytes.")


def _replayed(body: bytearray, receive: Receive) -> Receive:
    """`receive` with the whole body first."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return messages.pop() if messages else await receive()

    return replay
