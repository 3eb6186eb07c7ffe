"""How long calls take, fairly: contestants take turns, so that a noisy minute meets each of them."""

import statistics
import time
from collections.abc import Callable, Mapping

SETTLE_S = 0.1  # an onnxruntime session's threads spin on for a while after a call, on the next contestant's cores


def median_latency(calls: Mapping[str, Callable[[], object]], rounds: int, timed: int = 3) -> dict[str, float]:
    """Median seconds of each call: in each of `rounds` turns, a pause, one call to warm up, then `timed` timed ones."""
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            time.sleep(SETTLE_S)
            call()
            for _ in range(timed):
                started = time.perf_counter()
                call()
                seconds[name].append(time.perf_counter() - started)
    return {name: statistics.median(row) for name, row in seconds.items()}
