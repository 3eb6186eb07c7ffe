"""How many lines strangers may put into the server's log.

Lines over the rate are left out and counted, and the log says once a minute how many they were.
"""

import threading
import time
from collections.abc import Callable
from functools import cache

from k8s.server.access.limits import TokenBucket

LINES_PER_MINUTE, BURST = 60, 60


class LogRate:
    """A rate of lines, of everyone together. Safe to call from several threads."""

    def __init__(
        self,
        per_minute: int = LINES_PER_MINUTE,
        burst: int = BURST,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bucket, self._lock = TokenBucket(per_minute, burst, now), threading.Lock()
        self._left_out = 0
        self.on_left_out: Callable[[], None] = _nothing
        """called for each line that is left out"""

    def admits_one(self) -> bool:
        with self._lock:
            if not self._bucket.take():
                return True
            self._left_out += 1
        self.on_left_out()
        return False

    def take_left_out(self) -> int:
        """How many lines were left out since the last call."""
        with self._lock:
            count, self._left_out = self._left_out, 0
        return count


def _nothing() -> None:
    """Until someone counts."""


@cache
def strangers_rate() -> LogRate:
    """That of this process."""
    return LogRate()
