"""The queue in front of the workers, with real threads."""

import asyncio
import threading
import time

import pytest

from k8s.server.films.work_queue import AbandonedError, QueueFullError, WorkQueue
from k8s.server.problems import Problem
from k8s.server.records.metrics import ABANDON_REASONS, Metrics
from k8s.server.service import wait_for

LONG_S = 60


@pytest.fixture
def queue():
    """Two workers, three places."""
    queue = WorkQueue(2, 3)
    yield queue
    queue.close()


class Held:
    """A job that runs until `release` is set, and says when it runs."""

    def __init__(self):
        self.release, self.runs = threading.Event(), threading.Semaphore(0)
        self.count = 0
        self._lock = threading.Lock()

    def __call__(self, _job):
        with self._lock:
            self.count += 1
        self.runs.release()
        assert self.release.wait(LONG_S)
        return "done"

    async def running(self, count):
        for _ in range(count):
            await asyncio.to_thread(self.runs.acquire)


def in_a_minute():
    return time.monotonic() + LONG_S


def test_of_two_hundred_jobs_as_many_are_taken_as_there_are_workers_and_places(queue):
    async def submit_all():
        held = Held()
        taken, refused = [], 0
        for _ in range(200):
            try:
                taken.append(queue.submit(held, in_a_minute()))
            except QueueFullError:
                refused += 1
        await held.running(2)
        assert (len(taken), refused) == (5, 195)
        assert (queue.busy, queue.depth) == (2, 3)
        with pytest.raises(QueueFullError):
            queue.submit(held, in_a_minute())
        held.release.set()
        assert await asyncio.gather(*(job.future for job in taken)) == ["done"] * 5
        assert held.count == 5
        assert (queue.busy, queue.depth) == (0, 0)

    asyncio.run(submit_all())


def test_the_bound_holds_at_every_moment_while_jobs_come_and_go(queue):
    """Two hundred clients ask again until they are taken."""

    def work(_job):
        time.sleep(0.001)

    async def client():
        while True:
            try:
                job = queue.submit(work, in_a_minute())
                break
            except QueueFullError:
                await asyncio.sleep(0.001)
        await job.future

    async def clients():
        depths = []

        async def watch():
            while True:
                depths.append(queue.depth + queue.busy)
                await asyncio.sleep(0)

        watcher = asyncio.create_task(watch())
        await asyncio.gather(*(client() for _ in range(200)))
        watcher.cancel()
        assert max(depths) == 5

    asyncio.run(clients())


def test_an_abandoned_job_leaves_its_place_and_never_runs(queue):
    async def abandon():
        held, never = Held(), Held()
        first = [queue.submit(held, in_a_minute()) for _ in range(2)]
        await held.running(2)
        waiting = [queue.submit(never, in_a_minute()) for _ in range(3)]
        queue.abandon(waiting[1])
        assert queue.depth == 2
        never.release.set()
        another = queue.submit(never, in_a_minute())  # the place is free at once
        held.release.set()
        await asyncio.gather(*(job.future for job in (*first, waiting[0], waiting[2], another)))
        assert never.count == 3
        assert not waiting[1].future.done()

    asyncio.run(abandon())


def test_an_abandoned_job_under_way_stops_at_its_next_stage(queue):
    async def abandon():
        began, go_on, reached = threading.Event(), threading.Event(), []

        def staged(job):
            began.set()
            assert go_on.wait(LONG_S)
            job.check_wanted()
            reached.append("the next stage")

        job = queue.submit(staged, in_a_minute())
        await asyncio.to_thread(began.wait)
        queue.abandon(job)
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await job.future
        assert reached == []

    asyncio.run(abandon())


def test_a_job_whose_deadline_passes_while_it_waits_does_not_run(queue):
    async def wait():
        held, never = Held(), Held()
        first = [queue.submit(held, in_a_minute()) for _ in range(2)]
        await held.running(2)
        late = queue.submit(never, time.monotonic() + 0.01)
        await asyncio.sleep(0.05)
        held.release.set()
        await asyncio.gather(*(job.future for job in first))
        with pytest.raises(AbandonedError):
            await late.future
        assert never.count == 0

    asyncio.run(wait())


def test_what_a_job_raises_reaches_the_one_who_waits_and_the_worker_goes_on(queue):
    def fail(_job):
        raise LookupError("of the job")

    async def fail_often():
        for _ in range(10):
            with pytest.raises(LookupError, match="of the job"):
                await queue.submit(fail, in_a_minute()).future
        assert await queue.submit(lambda _job: 7, in_a_minute()).future == 7

    asyncio.run(fail_often())


def test_closing_finishes_what_has_begun_and_takes_nothing_more():
    async def close():
        queue, held = WorkQueue(1, 5), Held()
        jobs = [queue.submit(held, in_a_minute()) for _ in range(3)]
        await held.running(1)
        closing = asyncio.create_task(asyncio.to_thread(queue.close))
        await asyncio.sleep(0.05)
        with pytest.raises(QueueFullError):
            queue.submit(held, in_a_minute())
        held.release.set()
        await closing
        assert [await job.future for job in jobs] == ["done"] * 3

    asyncio.run(close())


def test_a_worker_outlives_a_loop_that_is_gone():
    queue, held = WorkQueue(1, 1), Held()

    async def leave():
        queue.submit(held, in_a_minute())
        await held.running(1)

    asyncio.run(leave())
    held.release.set()

    async def come():
        return await queue.submit(lambda _job: "here", in_a_minute()).future

    assert asyncio.run(come()) == "here"
    queue.close()


# --- who waits for a job


@pytest.mark.parametrize("reason", ["client_disconnected", "deadline_exceeded"])
def test_whoever_stops_waiting_is_counted_once_and_the_job_is_dropped(queue, reason):
    async def stop_waiting():
        metrics, held, never = Metrics(), Held(), Held()
        first = [queue.submit(held, in_a_minute()) for _ in range(2)]
        await held.running(2)
        gone = asyncio.get_running_loop().create_future()
        job = queue.submit(never, in_a_minute() if reason == "client_disconnected" else time.monotonic() + 0.05)
        waiting = asyncio.create_task(wait_for(job, queue, gone, metrics))
        await asyncio.sleep(0.01)
        if reason == "client_disconnected":
            gone.set_result(None)
            with pytest.raises(AbandonedError):
                await waiting
        else:
            with pytest.raises(Problem) as caught:
                await waiting
            assert caught.value.status == 504
        assert queue.depth == 0
        held.release.set()
        await asyncio.gather(*(job.future for job in first))
        assert never.count == 0
        counts = {name: metrics.abandoned_requests.labels(name)._value.get() for name in ABANDON_REASONS}
        assert counts == {"client_disconnected": 0, "deadline_exceeded": 0} | {reason: 1}

    asyncio.run(stop_waiting())
