"""`Idempotency-Key`: a repeat of a request gets the first answer.

Kept in this process, for some minutes, within bounds. Where these are reached, whoever holds most gives up its oldest
answer: one client cannot push out another's. The answers of films depend on the film and the model alone, so that a
repeat which reaches another pod gets the same findings.
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


class _ClientEntries:
    """Of one client, oldest first. `size` is the bytes of its answers."""

    def __init__(self) -> None:
        self.entries: OrderedDict[str, _Entry] = OrderedDict()
        self.size = 0

    def hold(self, entry: _Entry, size: int) -> None:
        entry.size = size
        self.size += size

    @property
    def oldest(self) -> str | None:
        """The key of the oldest that is not under way."""
        return next((key for key, entry in self.entries.items() if entry.done.done()), None)


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
        self._clients: dict[str, _ClientEntries] = {}

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
        self._clients.setdefault(client, _ClientEntries()).entries[key] = entry
        try:
            answer = await make()
        except BaseException:
            self._drop(client, key)
            entry.done.set_result(None)
            raise
        entry.done.set_result(answer)
        self._clients[client].hold(entry, len(answer.body))
        self._trim()
        return answer

    def _find(self, client: str, key: str) -> _Entry | None:
        held = self._clients.get(client)
        entry = held.entries.get(key) if held is not None else None
        if entry is not None and entry.done.done() and entry.expires < self._now():
            self._drop(client, key)
            return None
        return entry

    def _trim(self) -> None:
        """First what has expired, then the oldest answers of whoever holds most. What is under way stays."""
        now = self._now()
        for client, held in list(self._clients.items()):
            while held.oldest is not None and held.entries[held.oldest].expires < now:
                self._drop(client, held.oldest)
        self._bound(MAX_BYTES, lambda held: held.size)
        self._bound(MAX_ENTRIES, lambda held: len(held.entries))

    def _bound(self, most: int, measure: Callable[["_ClientEntries"], int]) -> None:
        """`most` by `measure` of all clients together: each keeps at least an equal share of it."""
        while sum(map(measure, self._clients.values())) > most:
            finished = [(measure(held), client) for client, held in self._clients.items() if held.oldest is not None]
            if not finished:
                return
            _, client = max(finished)
            key = self._clients[client].oldest
            assert key is not None
            self._drop(client, key)

    def _drop(self, client: str, key: str) -> None:
        held = self._clients[client]
        held.size -= held.entries.pop(key).size
        if not held.entries:
            del self._clients[client]
