"""Whether a server's memory stays flat under load."""

import statistics
from dataclasses import dataclass

from benchmarks.load import load
from benchmarks.yardsticks.processes import resident_bytes

SLICE_S = 5.0
WARM_UP = 0.1  # of the requests


@dataclass(frozen=True)
class Soak:
    """`growth` is the median of the last tenth over the median of the tenth after the warm-up, minus 1.

    `samples` are pairs of requests answered so far and resident megabytes.
    """

    requests: int
    errors: int
    growth: float
    samples: list[tuple[int, float]]


def soak(pid: int, url: str, body: bytes, headers: dict[str, str], requests: int, clients: int) -> Soak:
    """Load until `requests` are answered, with a look at the server's memory after every few seconds."""
    answered, errors, samples = 0, 0, [(0, resident_bytes(pid) / 1e6)]
    while answered < requests:
        said = load(url, body, headers, clients, SLICE_S)
        answered, errors = answered + said.requests, errors + said.errors
        samples.append((answered, resident_bytes(pid) / 1e6))
        print(f"\r  {answered:,} of {requests:,} requests, {samples[-1][1]:.1f} MB", end="", flush=True)
    print()
    return Soak(answered, errors, growth(samples), samples)


def growth(samples: list[tuple[int, float]]) -> float:
    last = samples[-1][0]
    first_part = [size for count, size in samples if WARM_UP * last <= count <= 2 * WARM_UP * last]
    last_part = [size for count, size in samples if count >= (1 - WARM_UP) * last]
    if not first_part:
        first_part = [samples[1][1]]
    return statistics.median(last_part) / statistics.median(first_part) - 1
