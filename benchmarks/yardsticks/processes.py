"""A server as a process: started, waited for, measured, stopped with all its children."""

import contextlib
import json
import math
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

START_S, STOP_S = 120.0, 20.0
TOLERANCE = 1e-6  # of a probability, against the bare model
PAGE, TICKS = os.sysconf("SC_PAGE_SIZE"), os.sysconf("SC_CLK_TCK")
SETTLE_S, LOOK_S, IDLE = 30.0, 0.3, 0.1  # idle: under a tenth of one CPU


@dataclass(frozen=True)
class Server:
    """How to start a server, in `folder` or here, and how to ask it: `environment` is added to this process's own."""

    name: str
    command: Sequence[str | Path]
    url: str
    environment: dict[str, str] = field(default_factory=dict)
    folder: Path | None = None


class ServerError(RuntimeError):
    """A server that does not start, or answers wrongly."""


@contextlib.contextmanager
def running(server: Server, body: bytes, headers: dict[str, str], right: Sequence[float], log: Path) -> Iterator[int]:
    """The process id, once the server gives the `right` probabilities. Its output goes to `log`. Raises ServerError."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as output:
        process = subprocess.Popen(
            [str(word) for word in server.command],
            env={**os.environ, "CUDA_VISIBLE_DEVICES": "", **server.environment},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=server.folder,
        )
    try:
        check(server, wait(server, process, body, headers, log), right)
        yield process.pid
    finally:
        stop(process)


def wait(server: Server, process: subprocess.Popen[bytes], body: bytes, headers: dict[str, str], log: Path) -> Any:
    """The first answer."""
    deadline, last = time.monotonic() + START_S, ""
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise ServerError(f"{server.name} ended with status {process.returncode}; see {log}.")
        try:
            return ask(server.url, body, headers)
        except (urllib.error.URLError, ConnectionError, TimeoutError) as error:
            last = str(error)
            time.sleep(0.25)
    raise ServerError(f"{server.name} gave no answer in {START_S:.0f} s ({last}); see {log}.")


def ask(url: str, body: bytes, headers: dict[str, str]) -> Any:
    request = urllib.request.Request(url, data=body, headers=headers, method="POST")
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


def check(server: Server, answer: Any, right: Sequence[float]) -> None:
    said = answer["probabilities"]
    found = list(said.values()) if isinstance(said, dict) else list(said)
    if len(found) != len(right) or not all(
        math.isclose(a, b, rel_tol=0, abs_tol=TOLERANCE) for a, b in zip(found, right, strict=True)
    ):
        raise ServerError(f"{server.name} answers {found}, the bare model {list(right)}.")


def settle(pid: int) -> None:
    """Wait until the server is idle: wrk hangs up with requests in flight, and most servers finish those first."""
    deadline, before = time.monotonic() + SETTLE_S, cpu_seconds(pid)
    while time.monotonic() < deadline:
        time.sleep(LOOK_S)
        now = cpu_seconds(pid)
        if now - before < IDLE * LOOK_S:
            return
        before = now


def cpu_seconds(pid: int) -> float:
    """Processor time of the process and all below it: fields 14 and 15 of proc(5) stat."""
    ticks = 0
    for member in tree(pid):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS


def stop(process: subprocess.Popen[bytes]) -> None:
    """SIGTERM, then SIGKILL for whatever it started and left behind."""
    family = {pid: started(pid) for pid in tree(process.pid)}
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(STOP_S)
    for pid, start in family.items():
        if start is not None and started(pid) == start:  # the same process, not a new one of that number
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    process.wait()


def tree(pid: int) -> list[int]:
    """The process and all below it."""
    found = [pid]
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += tree(int(child))
    return found


def started(pid: int) -> str | None:
    """Clock ticks since boot at its start, field 22 of proc(5) stat; None where there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return None


def resident_bytes(pid: int) -> int:
    """Resident memory of the process and all below it; shared pages count once for each."""
    total = 0
    for member in tree(pid):
        with contextlib.suppress(OSError):
            total += int(Path(f"/proc/{member}/statm").read_text().split()[1]) * PAGE
    return total


def proportional_bytes(pid: int) -> int:
    """Memory of the process and all below it; a page that several share counts once (proc(5), smaps_rollup: Pss)."""
    total = 0
    for member in tree(pid):
        with contextlib.suppress(OSError):
            lines = Path(f"/proc/{member}/smaps_rollup").read_text().splitlines()
            total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return total


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
