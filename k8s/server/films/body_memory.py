"""The memory that bodies take while they are held: of all clients together, and of one."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from k8s.server.problem_kinds import ProblemKind
from k8s.server.problems import Problem
from k8s.server.settings import MEGABYTE


class BodyReservation:
    """The memory that one body has taken so far."""

    def __init__(self, memory: "BodyMemory", client: str) -> None:
        self._memory, self._client, self.taken = memory, client, 0

    def take(self, size: int) -> None:
        """Bytes that have arrived. Raises Problem 429 or 503."""
        self._memory.check(self._client, size)
        self._memory.add(self._client, size)
        self.taken += size


class BodyMemory:
    """`all_bytes` for everyone and half of it for one client, or one largest body where that is more.

    Room is taken as bytes arrive, not as a request announces them: who sends nothing holds nothing. Used from one event
    loop.
    """

    def __init__(self, all_bytes: int, max_body_bytes: int) -> None:
        self.free, self.share = all_bytes, max(all_bytes // 2, max_body_bytes)
        self._held: Counter[str] = Counter()

    @contextmanager
    def reserve(self, client: str) -> Iterator[BodyReservation]:
        """Given back at the end."""
        reservation = BodyReservation(self, client)
        try:
            yield reservation
        finally:
            self.add(client, -reservation.taken)
            if not self._held[client]:
                del self._held[client]

    def check(self, client: str, size: int) -> None:
        """Whether `size` more bytes have room. Raises Problem 429 or 503."""
        if self._held[client] + size > self.share:
            raise Problem(
                ProblemKind.TOO_MANY_REQUESTS,
                f"The uploads of this client hold more than {self.share / MEGABYTE:g} MB at a time.",
                retry_after_s=1,
            )
        if size > self.free:
            raise Problem(ProblemKind.BUSY, "Too many uploads are under way.", retry_after_s=1)

    def add(self, client: str, size: int) -> None:
        """Count `size` bytes, or take them back."""
        self.free -= size
        self._held[client] += size
