"""The limit of any server: the same model called in a loop, with no server around it."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.load import Load
from fovea import load

RUN, PREDICT = "session.run", "predict"


@dataclass(frozen=True)
class Loop:
    """`callers` Python threads, each calling `call` again and again; onnxruntime has `threads` for each call."""

    what: str
    callers: int
    threads: int
    call: Callable[[], object]

    @property
    def name(self) -> str:
        return f"bare {self.what} {self.callers}x{self.threads}"


def loops(model: Path, body: bytes, cpus: int) -> Iterator[Loop]:
    """On ready pixels (`session.run`) and from an upload's bytes to the answer (`predict`).

    First one caller with all CPUs inside onnxruntime, then one caller for each CPU.
    """
    for callers, threads in ((1, cpus), (cpus, 1)):
        opened = load(model, threads=threads, providers=["CPUExecutionProvider"])
        pixels = opened.pixels(body)[np.newaxis]
        yield Loop(RUN, callers, threads, partial(opened.session.run, None, {"pixels": pixels}))
        yield Loop(PREDICT, callers, threads, partial(opened.predict, body))


def measure(loop: Loop, seconds: float) -> Load:
    """After one call to warm up."""
    loop.call()
    spent: list[list[float]] = [[] for _ in range(loop.callers)]
    started = time.perf_counter()
    callers = [threading.Thread(target=_repeat, args=(loop.call, started + seconds, each)) for each in spent]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    elapsed = time.perf_counter() - started
    times = np.concatenate([np.array(each) for each in spent]) * 1000
    p50, p95, p99 = (float(np.percentile(times, q)) for q in (50, 95, 99))
    return Load(len(times) / elapsed, p50, p95, p99, len(times), 0)


def _repeat(call: Callable[[], object], until: float, spent: list[float]) -> None:
    while (started := time.perf_counter()) < until:
        call()
        spent.append(time.perf_counter() - started)
