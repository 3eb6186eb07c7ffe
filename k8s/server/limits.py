"""What one client may ask for, so that the others get their share: a rate and a number of requests at a time."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from k8s.server.problems import Problem

MAX_CLIENTS = 10_000


@dataclass
class _Account:
    tokens: float
    updated: float
    in_flight: int = 0


class ClientLimits:
    """A token bucket and a concurrency limit for each client. Used from one event loop."""

    def __init__(
        self, per_minute: int, burst: int, concurrency: int, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate, self._burst, self._concurrency, self._now = per_minute / 60, burst, concurrency, now
        self._accounts: OrderedDict[str, _Account] = OrderedDict()

    @contextmanager
    def request(self, client: str) -> Iterator[None]:
        """Counts one request while it lasts. Raises Problem 429."""
        account = self._account(client)
        if account.in_flight >= self._concurrency:
            raise Problem(
                429,
                "too-many-requests",
                f"This client has {account.in_flight} requests under way; at most {self._concurrency} are allowed.",
                retry_after_s=1,
            )
        if account.tokens < 1:
            raise Problem(
                429,
                "too-many-requests",
                f"This client sends more than {self._rate * 60:g} requests a minute.",
                retry_after_s=max(1, math.ceil((1 - account.tokens) / self._rate)),
            )
        account.tokens -= 1
        account.in_flight += 1
        try:
            yield
        finally:
            account.in_flight -= 1

    def _account(self, client: str) -> _Account:
        now = self._now()
        account = self._accounts.setdefault(client, _Account(self._burst, now))
        account.tokens = min(self._burst, account.tokens + (now - account.updated) * self._rate)
        account.updated = now
        self._accounts.move_to_end(client)
        if len(self._accounts) > MAX_CLIENTS:
            self._forget_oldest(account)
        return account

    def _forget_oldest(self, newest: _Account) -> None:
        """Whoever has a request under way stays: forgotten, it would begin anew with as many again."""
        for name, account in self._accounts.items():
            if not account.in_flight and account is not newest:
                del self._accounts[name]
                return
