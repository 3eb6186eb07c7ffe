"""What one client may ask for, so that the others get their share: a rate and a number of requests at a time.

Also what those may ask for, all together, whom nobody knows.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from k8s.server.problem_kinds import ProblemKind
from k8s.server.problems import Problem

MAX_CLIENTS = 10_000
UNAUTHENTICATED_PER_MINUTE, UNAUTHENTICATED_BURST = 600, 200


class TokenBucket:
    """`burst` at once, and `per_minute` in the long run."""

    def __init__(self, per_minute: int, burst: int, now: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._burst, self._now = per_minute / 60, burst, now
        self._tokens, self._updated = float(burst), now()

    def take(self) -> int:
        """0 where there was one to take, else the seconds until there is."""
        now = self._now()
        self._tokens = min(self._burst, self._tokens + (now - self._updated) * self._rate)
        self._updated = now
        if self._tokens < 1:
            return max(1, math.ceil((1 - self._tokens) / self._rate))
        self._tokens -= 1
        return 0


class UnauthenticatedLimit:
    """On requests without valid credentials, of everyone together: each costs an audit line and a look at the keys."""

    def __init__(
        self,
        per_minute: int = UNAUTHENTICATED_PER_MINUTE,
        burst: int = UNAUTHENTICATED_BURST,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._per_minute, self._bucket = per_minute, TokenBucket(per_minute, burst, now)

    def count(self) -> None:
        """One more. Raises Problem 429."""
        wait_s = self._bucket.take()
        if wait_s:
            raise Problem(
                ProblemKind.TOO_MANY_REQUESTS,
                f"More than {self._per_minute} requests a minute come without valid credentials.",
                retry_after_s=wait_s,
            )


@dataclass
class _Account:
    bucket: TokenBucket
    in_flight: int = 0


class ClientLimits:
    """A token bucket and a concurrency limit for each client. Used from one event loop."""

    def __init__(
        self, per_minute: int, burst: int, concurrency: int, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_minute, self._burst, self._concurrency, self._now = per_minute, burst, concurrency, now
        self._accounts: OrderedDict[str, _Account] = OrderedDict()

    def charge(self, client: str) -> None:
        """One request of its rate. Raises Problem 429."""
        wait_s = self._account(client).bucket.take()
        if wait_s:
            raise Problem(
                ProblemKind.TOO_MANY_REQUESTS,
                f"This client sends more than {self._per_minute} requests a minute.",
                retry_after_s=wait_s,
            )

    @contextmanager
    def request(self, client: str) -> Iterator[None]:
        """Counts one request while it lasts. Raises Problem 429."""
        account = self._account(client)
        if account.in_flight >= self._concurrency:
            raise Problem(
                ProblemKind.TOO_MANY_REQUESTS,
                f"This client has {account.in_flight} requests under way. At most {self._concurrency} are allowed.",
                retry_after_s=1,
            )
        account.in_flight += 1
        try:
            yield
        finally:
            account.in_flight -= 1

    def _account(self, client: str) -> _Account:
        account = self._accounts.get(client)
        if account is None:
            account = self._accounts[client] = _Account(TokenBucket(self._per_minute, self._burst, self._now))
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
