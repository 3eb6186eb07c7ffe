"""uvicorn's HTTP/1.1 connection, with bounds on the head of a request, and problem details for what is no HTTP."""

import asyncio
import re
import secrets
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from k8s.server.access.certificates import holder
from k8s.server.problem_kinds import ProblemKind
from k8s.server.problems import MEDIA_TYPE, Problem

MAX_HEAD_BYTES = 65_536
PATIENCE_S = 30.0
NOT_HTTP = "The request is not HTTP/1.1 as in RFC 9112."
# RFC 9110 section 7.2: a name or an address, perhaps in brackets, and perhaps a port
HOST_PATTERN = re.compile(rb"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]*)(:[0-9]*)?")


class Connection(HttpToolsProtocol):
    """Ends a connection whose client leaves a request unfinished for PATIENCE_S.

    A body that is waited for is left alone: the limit on uploads is that of the request. Heads are bounded to
    MAX_HEAD_BYTES and one read more.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._is_in_head, self._is_in_body = True, False
        self._head_bytes, self._ends = 0, 0
        self._clock: asyncio.TimerHandle | None = None
        self._fault, self._certificate = NOT_HTTP, ""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._certificate = holder(transport.get_extra_info("ssl_object"))
        self._wind()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        ends = self._ends
        super().data_received(data)
        if not self._is_in_head or self._ends != ends or self.transport.is_closing():
            return
        self._wind()
        self._head_bytes += len(data)
        if self._head_bytes > MAX_HEAD_BYTES:
            self._refuse(
                Problem(
                    ProblemKind.HEADERS_TOO_LARGE, f"The head of the request is longer than {MAX_HEAD_BYTES:,} bytes."
                )
            )

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["state"]["certificate"] = self._certificate

    def on_headers_complete(self) -> None:
        self._check_host()
        super().on_headers_complete()
        self._ends += 1  # of a head, or of a whole message: what was read is not head alone
        self._is_in_head, self._is_in_body = False, True
        self._stop()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._ends += 1
        self._is_in_head, self._is_in_body = True, False
        self._head_bytes = 0
        self._stop()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._is_in_body and not self.transport.is_closing():
            self._wind()  # refused early: the rest of the body is passed over, but not for ever

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's text
        self._refuse(Problem(ProblemKind.MALFORMED_REQUEST, self._fault))

    def _check_host(self) -> None:
        """RFC 9112 section 3.2: two servers on the way may each heed another Host. The parser turns it into 400."""
        hosts = [value for name, value in self.headers if name == b"host"]
        if len(hosts) > 1:
            self._fault = f"The request has {len(hosts)} Host headers. Send one."
        elif not hosts and self.parser.get_http_version() == "1.1":
            self._fault = "The request has no Host header. HTTP/1.1 needs one."
        elif hosts and not HOST_PATTERN.fullmatch(hosts[0]):
            self._fault = "The Host header is not a host name or address with an optional port."
        else:
            return
        raise ValueError(self._fault)

    def _refuse(self, problem: Problem) -> None:
        body = problem.body(secrets.token_hex(16))
        head = (
            f"HTTP/1.1 {problem.status} {problem.title}\r\ncontent-type: {MEDIA_TYPE}\r\n"
            f"content-length: {len(body)}\r\ncache-control: no-store\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()

    def _wind(self) -> None:
        if self._clock is None:
            self._clock = self.loop.call_later(PATIENCE_S, self._ring)

    def _stop(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _ring(self) -> None:
        self._clock = None
        if self.cycle is not None and not self.cycle.response_complete:
            self._wind()  # an earlier request on this connection is still being answered
        else:
            self.transport.close()
