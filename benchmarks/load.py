"""One film posted over and over by a number of clients: `load(url, body, headers, clients=8, seconds=10)`.

wrk does the work (one thread, every client a connection that stays open and sends its next request when the last is
answered). It corrects its percentiles for coordinated omission: https://github.com/wg/wrk/blob/master/src/stats.c
"""

import json
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).parent / "post.lua"
TIMEOUT_S = 60  # a request that takes longer is an error


@dataclass(frozen=True)
class Load:
    """What the clients saw.

    `errors` counts answers of status 400 and up, socket errors and requests over TIMEOUT_S; `requests` counts every
    answer, and so do the rate and the percentiles.
    """

    requests_per_second: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    requests: int
    errors: int


class WrkError(RuntimeError):
    """wrk is not there, or could not do its work."""


def find_wrk() -> str:
    wrk = shutil.which("wrk")
    if wrk is None:
        raise WrkError("wrk is not on the PATH; on Debian: sudo apt-get install wrk.")
    return wrk


def load(url: str, body: bytes, headers: dict[str, str], clients: int, seconds: float) -> Load:
    """`seconds` are rounded to whole ones, at least 1: wrk takes no others. Raises WrkError."""
    duration = max(1, round(seconds))
    with tempfile.NamedTemporaryFile(prefix="film-") as file:
        file.write(body)
        file.flush()
        command = [find_wrk(), "-t1", f"-c{clients}", f"-d{duration}s", f"--timeout={TIMEOUT_S}s", f"-s{SCRIPT}"]
        for name, value in headers.items():
            command += ["-H", f"{name}: {value}"]
        done = subprocess.run([*command, url, "--", file.name], capture_output=True, text=True, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode != 0 or not lines:
        raise WrkError(f"wrk failed at {url}: {(done.stderr or done.stdout).strip()}")
    said = json.loads(lines[-1])
    return Load(
        requests_per_second=said["requests"] / said["seconds"],
        p50_ms=said["p50_ms"],
        p95_ms=said["p95_ms"],
        p99_ms=said["p99_ms"],
        requests=said["requests"],
        errors=said["status_errors"] + said["socket_errors"],
    )


def median(loads: Sequence[Load]) -> Load:
    """Medians over rounds; requests and errors are summed."""
    return Load(
        requests_per_second=statistics.median(load.requests_per_second for load in loads),
        p50_ms=statistics.median(load.p50_ms for load in loads),
        p95_ms=statistics.median(load.p95_ms for load in loads),
        p99_ms=statistics.median(load.p99_ms for load in loads),
        requests=sum(load.requests for load in loads),
        errors=sum(load.errors for load in loads),
    )
