"""Standard output, written by a thread of its own: whoever reads it slowly, or not at all, holds up nobody else.

Lines wait in a queue with a bound. Lines of the log that have no room in it are dropped and counted. Lines of the audit
log have room that the log cannot take, and whoever writes one waits until it is printed, within a bound of time.
"""

import os
import select
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

LOG_BYTES, ALL_BYTES = 4_000_000, 8_000_000
PATIENCE_S = 2.0
"""how long an audit line may take, and how long the output may stand still before its lines are given up at once"""
CLOSE_S = 1.0


@dataclass(eq=False)
class _Line:
    content: bytes
    is_done: threading.Event = field(default_factory=threading.Event)
    error: OSError | None = None


class Output:
    """A file descriptor for lines. Safe to call from several threads."""

    def __init__(self, descriptor: int, log_bytes: int = LOG_BYTES, all_bytes: int = ALL_BYTES) -> None:
        self._descriptor, self._log_bytes, self._all_bytes = descriptor, log_bytes, all_bytes
        self._changed = threading.Condition()
        self._lines: deque[_Line] = deque()
        self._held = 0
        self._writing_since: float | None = None
        self.on_drop: Callable[[], None] = _nothing
        """called for each line of the log that is dropped"""
        threading.Thread(target=self._write_lines, name="output", daemon=True).start()

    def write(self, text: str) -> None:
        """One line of the log, with its end; dropped where there is no room for it. Never waits."""
        try:
            self._put(_Line(text.encode(errors="backslashreplace")), self._log_bytes)
        except OSError:
            self.on_drop()

    def flush(self) -> None:
        """Loggers ask for it after each line. There is nothing to do: the thread writes whatever there is."""

    def print(self, content: bytes) -> Callable[[], None]:
        """Gives what waits until the line is printed. Both raise OSError; a line that comes late is still printed."""
        line = _Line(content)
        self._put(line, self._all_bytes)

        def wait() -> None:
            if not line.is_done.wait(self._patience_s()):
                raise TimeoutError("standard output is not read")
            if line.error is not None:
                raise line.error

        return wait

    def close(self, timeout_s: float = CLOSE_S) -> None:
        """Wait until all is written, but not for ever."""
        with self._changed:
            self._changed.wait_for(lambda: not self._held, timeout_s)

    def _put(self, line: _Line, limit: int) -> None:
        with self._changed:
            if self._held + len(line.content) > limit:
                raise BlockingIOError("standard output is not read")
            self._held += len(line.content)
            self._lines.append(line)
            self._changed.notify_all()

    def _patience_s(self) -> float:
        since = self._writing_since
        return PATIENCE_S if since is None else max(0.0, since + PATIENCE_S - time.monotonic())

    def _write_lines(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._lines)
                line = self._lines.popleft()
                self._writing_since = time.monotonic()
            try:
                _write_whole(self._descriptor, line.content)
            except OSError as error:
                line.error = error
            with self._changed:
                self._writing_since = None
                self._held -= len(line.content)
                self._changed.notify_all()
            line.is_done.set()


def _write_whole(descriptor: int, content: bytes) -> None:
    left = memoryview(content)
    while left:
        try:
            left = left[os.write(descriptor, left) :]
        except BlockingIOError:  # whoever made the pipe wants it so
            select.select([], [descriptor], [])


def _nothing() -> None:
    """Until someone counts."""


@cache
def standard_output() -> Output:
    """That of this process; its thread begins with the first call."""
    return Output(sys.stdout.fileno())
