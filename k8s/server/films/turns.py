"""Whose film is next, so that no client takes the time of all others."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

SLOWED_S = 600.0
MAX_SLOWED = 1000


class Owned(Protocol):
    """Work of a client."""

    client: str


Work = TypeVar("Work", bound=Owned)


class Turns:
    """The client with the fewest films at work comes first, then whoever asked first.

    A client that was slowed down has one film at work at a time, for SLOWED_S. Not safe to use from several threads.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._at_work: Counter[str] = Counter()
        self._slowed_until: dict[str, float] = {}

    def slow_down(self, client: str) -> None:
        """Because of what its films did."""
        now = self._now()
        known = {name: until for name, until in self._slowed_until.items() if until > now and name != client}
        self._slowed_until = dict([*known.items(), (client, now + SLOWED_S)][-MAX_SLOWED:])

    def next_of(self, waiting: Iterable[Work]) -> Work | None:
        """Of `waiting`, in the order in which they came; None where nobody may be served now."""
        allowed = [work for work in waiting if not self._at_work[work.client] or not self._is_slowed(work.client)]
        return min(allowed, key=lambda work: self._at_work[work.client], default=None)

    def begin(self, work: Owned) -> None:
        self._at_work[work.client] += 1

    def end(self, work: Owned) -> None:
        self._at_work[work.client] -= 1
        if not self._at_work[work.client]:
            del self._at_work[work.client]

    def _is_slowed(self, client: str) -> bool:
        return self._slowed_until.get(client, 0.0) > self._now()
