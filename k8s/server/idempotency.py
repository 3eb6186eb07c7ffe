"""`Idempotency-Key`: a repeat of a request gets the first answer.

Kept in this process, for some minutes, within bounds; the answers of films depend on the film and the model alone, so
that a repeat which reaches another pod gets the same findings.
"""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fovea.dicom import Instance
from k8s.server.problem_kinds import ProblemKind
from k8s.server.problems import Problem

MAX_ENTRIES = 10_000
MAX_BYTES = 64_000_000
MAX_KEY_CHARACTERS = 255


@dataclass(frozen=True)
class StoredResponse:
    """A finished response."""

    status: int
    body: bytes
    headers: dict[str, str]
    instance: Instance | None = None
    """for the audit line of a repeat"""


@dataclass(eq=False)
class _Entry:
    fingerprint: bytes
    expires: float
    done: "asyncio.Future[StoredResponse | None]"
    size: int = 0


def check_key(key: str) -> None:
    """Raises Problem 400."""
    if not 1 <= len(key) <= MAX_KEY_CHARACTERS or not key.isascii() or not key.isprintable():
        raise Problem(
            ProblemKind.MALFORMED_REQUEST,
            f"Idempotency-Key must be 1 to {MAX_KEY_CHARACTERS} printable ASCII characters.",
        )


def fingerprint(*parts: bytes) -> bytes:
    """Of all that an answer depends on."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8))
        digest.update(part)
    return digest.digest()


class StoredResponses:
    """First answers by client and key. Used from one event loop."""

    def __init__(self, lifetime_s: float, now: Callable[[], float] = time.monotonic) -> None:
        self._lifetime_s, self._now = lifetime_s, now
        self._entries: OrderedDict[tuple[str, str], _Entry] = OrderedDict()
        self._bytes = 0

    async def once(
        self, client: str, key: str, request: bytes, make: Callable[[], Awaitable[StoredResponse]]
    ) -> tuple[StoredResponse, bool]:
        """The answer, and whether it is a repeated one. A repeat under way waits for the first.

        Where `make` raises, nothing is kept and the next request tries again. Raises Problem 422 where the key came
        with another request before.
        """
        while True:
            entry = self._find(client, key)
            if entry is None:
                return await self._first(client, key, request, make), False
            if entry.fingerprint != request:
                raise Problem(
                    ProblemKind.IDEMPOTENCY_KEY_REUSED,
                    "This Idempotency-Key came with another request in the last minutes.",
                )
            answer = await asyncio.shield(entry.done)
            if answer is not None:
                return answer, True

    async def _first(
        self, client: str, key: str, request: bytes, make: Callable[[], Awaitable[StoredResponse]]
    ) -> StoredResponse:
        entry = _Entry(request, self._now() + self._lifetime_s, asyncio.get_running_loop().create_future())
        self._entries[client, key] = entry
        try:
            answer = await make()
        except BaseException:
            if self._entries.get((client, key)) is entry:
                del self._entries[client, key]
            entry.done.set_result(None)
            raise
        entry.done.set_result(answer)
        entry.size = len(answer.body)
        self._bytes += entry.size
        self._trim()
        return answer

    def _find(self, client: str, key: str) -> _Entry | None:
        entry = self._entries.get((client, key))
        if entry is not None and entry.done.done() and entry.expires < self._now():
            self._drop((client, key))
            return None
        return entry

    def _trim(self) -> None:
        """Oldest first; what is under way stays."""
        for name in list(self._entries):
            entry = self._entries[name]
            is_over = len(self._entries) > MAX_ENTRIES or self._bytes > MAX_BYTES or entry.expires < self._now()
            if not is_over:
                return
            if entry.done.done():
                self._drop(name)

    def _drop(self, name: tuple[str, str]) -> None:
        self._bytes -= self._entries.pop(name).size
