"""A bounded queue in front of a fixed number of worker threads. The bound is exact, and nobody's work is done in vain.

Each worker takes a film from bytes to answer: decoding and onnxruntime both release the interpreter's lock.
"""

import asyncio
import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from k8s.server.films.turns import Turns

Result = TypeVar("Result")


class QueueFullError(Exception):
    """As many jobs wait as may wait."""


class AbandonedError(Exception):
    """Nobody waits for the job any more: its client is gone or its deadline has passed."""


@dataclass(eq=False)
class Job(Generic[Result]):
    """One piece of work, and who waits for it."""

    function: Callable[["Job[Result]"], Result]
    loop: asyncio.AbstractEventLoop
    future: "asyncio.Future[Result]"
    deadline: float
    """time.monotonic() after which the answer is of no use"""
    client: str = ""
    submitted: float = field(default_factory=time.monotonic)
    started: float = 0.0
    is_abandoned: bool = False

    def check_wanted(self) -> None:
        """Raises AbandonedError; a worker asks between two stages."""
        if self.is_abandoned or time.monotonic() > self.deadline:
            raise AbandonedError


class WorkQueue:
    """At most `workers` jobs run and at most `capacity` wait. Used from one event loop; `close` ends the threads."""

    def __init__(self, workers: int, capacity: int) -> None:
        self.workers, self.capacity = workers, capacity
        self.busy = 0
        self._running: dict[str, Job[Any]] = {}
        self._waiting: deque[Job[Any]] = deque()
        self._turns = Turns()
        self._changed = threading.Condition()
        self._is_closed = False
        self._threads = [
            threading.Thread(target=self._work, name=f"worker-{number}", daemon=True) for number in range(workers)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def depth(self) -> int:
        """Jobs that wait."""
        return len(self._waiting)

    def submit(self, function: Callable[[Job[Result]], Result], deadline: float, client: str = "") -> Job[Result]:
        """Queue a job; its `future` gets the answer or the error. Raises QueueFullError."""
        loop = asyncio.get_running_loop()
        job: Job[Result] = Job(function, loop, loop.create_future(), deadline, client)
        with self._changed:
            idle = self.workers - self.busy
            if self._is_closed or len(self._waiting) >= self.capacity + idle:
                raise QueueFullError
            self._waiting.append(job)
            self._changed.notify()
        return job

    def abandon(self, job: Job[Any]) -> None:
        """Forget a job: it leaves the queue at once, or stops at its next stage."""
        with self._changed:
            job.is_abandoned = True
            if job in self._waiting:
                self._waiting.remove(job)

    def slow_down(self, client: str) -> None:
        """From now on, and for some minutes, one job of this client at a time."""
        with self._changed:
            self._turns.slow_down(client)

    def stuck(self, beyond_s: float) -> dict[str, float]:
        """Workers whose job's deadline passed over `beyond_s` ago, and for how many seconds they have been at it."""
        now = time.monotonic()
        with self._changed:
            running = dict(self._running)
        return {name: now - job.started for name, job in running.items() if now - job.deadline > beyond_s}

    def close(self, timeout_s: float | None = None) -> list[str]:
        """Let the workers finish what they have begun, and end. Gives those that have not ended after `timeout_s`."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        end = None if timeout_s is None else time.monotonic() + timeout_s
        for thread in self._threads:
            thread.join(None if end is None else max(0.0, end - time.monotonic()))
        return [thread.name for thread in self._threads if thread.is_alive()]

    def _work(self) -> None:
        while True:
            with self._changed:
                while (job := self._turns.next_of(self._waiting)) is None:
                    if self._is_closed and not self._waiting:
                        return
                    self._changed.wait()
                self._waiting.remove(job)
                self._turns.begin(job)
                self.busy += 1
                job.started = time.monotonic()
                self._running[threading.current_thread().name] = job
            result, error = _outcome(job)
            with self._changed:  # before the answer leaves: whoever has it may count on the free place
                self.busy -= 1
                self._turns.end(job)
                del self._running[threading.current_thread().name]
                self._changed.notify_all()  # a job of the same client may have waited for this one
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits
                job.loop.call_soon_threadsafe(_deliver, job, result, error)
            del job, result, error  # a worker that waits holds on to no film


def _outcome(job: Job[Result]) -> tuple[Result | None, Exception | None]:
    try:
        job.check_wanted()
        return job.function(job), None
    except Exception as error:  # it belongs to the one who waits
        return None, error


def _deliver(job: Job[Any], result: Any, error: Exception | None) -> None:
    if job.is_abandoned or job.future.done():
        job.future.cancel()
    elif error is None:
        job.future.set_result(result)
    else:
        job.future.set_exception(error)
