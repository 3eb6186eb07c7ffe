"""Chaos: honest clients and one that sends films made to end the server, before and after films had a process each.

    python -m benchmarks.chaos [--minutes 10] [--honest 8] [--out docs/endpoint/chaos.json]

The server is the endpoint itself, with a key for each client and an audit file, and a codec that does harm on command.
The run "in the server itself" is short: it ends with the server.
"""

import json
import re
import statistics
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import tyro

from benchmarks.chaos.clients import LOST, Seen, send_until
from benchmarks.chaos.fragile_endpoint import DEEDS, NAME
from benchmarks.yardsticks.processes import Server, free_port, proportional_bytes, running
from fovea import load
from fovea.processor import described
from fovea.threads import available_cpus
from k8s.server.access.api_keys import add_key
from k8s.server.access.clients import READ_SCOPE
from k8s.server.records.audit_chain import read_audit_key
from k8s.server.records.audit_check import verify

PHANTOM = Path("space/examples/chest_xray/phantom.dcm")
KILLER_CONNECTIONS = 4
CALM_S = 3.0


@dataclass(frozen=True)
class Options:
    """What to run."""

    minutes: float = 10
    honest: int = 8
    model: Path = Path("models/chest_xray.onnx")
    out: Path = Path("docs/endpoint/chaos.json")


def main(options: Options) -> None:
    film = PHANTOM.read_bytes()
    right = load(options.model, threads=1).predict(film).probabilities.tolist()
    rows = {
        "in the server itself": chaos(min(options.minutes, 1), options.honest, film, right, ("--in-process",)),
        "a process each": chaos(options.minutes, options.honest, film, right),
    }
    document = {"date": date.today().isoformat(), "cpus": available_cpus(), "processor": described(), "runs": rows}
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(document, indent=2) + "\n")
    print(f"written: {options.out}")


def chaos(
    minutes: float, honest: int, film: bytes, right: list[float], arguments: tuple[str, ...] = ()
) -> dict[str, Any]:
    """One run and what came of it."""
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder)
        names = [f"ward-{number}" for number in range(honest)] + ["killer"]
        keys = {name: add_key(files / "keys.json", name, (READ_SCOPE,), timedelta(days=1)) for name in names}
        (files / "audit.key").write_text("0123456789abcdef" * 4)
        ops = free_port()
        server = _server(files, ops, arguments)
        headers = {"Content-Type": "application/dicom", "X-API-Key": keys["ward-0"]}
        with running(server, film, headers, right, files / "log") as pid:
            row = _under_fire(pid, server.url, keys, film, minutes)
            row["decoders_lost"] = _lost_decoders(ops) if row["lives"] else None
            log = (files / "log").read_text()
        row["internal_errors"] = log.count('"internal error"')
        verdict = verify(read_audit_key(files / "audit.key"), [files / "audit.jsonl"])
        row["audit"] = {"lines": verdict.lines, "broken": verdict.broken}
    print(json.dumps(row), flush=True)
    return row


def _server(files: Path, ops: int, arguments: tuple[str, ...]) -> Server:
    port = free_port()
    settings = {"HOST": "127.0.0.1", "PORT": port, "OPS_HOST": "127.0.0.1", "OPS_PORT": ops}
    settings |= {"RATE_PER_MINUTE": 1_000_000, "RATE_BURST": 1_000_000, "API_KEYS_FILE": files / "keys.json"}
    settings |= {"AUDIT_FILE": files / "audit.jsonl", "AUDIT_KEY_FILE": files / "audit.key"}
    environment = {f"XRAY_{name}": str(value) for name, value in settings.items()}
    return Server(
        "fovea", [sys.executable, "-m", NAME, *arguments], f"http://127.0.0.1:{port}/v1/chest-xray", environment
    )


def _under_fire(pid: int, url: str, keys: dict[str, str], film: bytes, minutes: float) -> dict[str, Any]:
    """What honest clients and the killer saw, and the memory before and after."""
    before = proportional_bytes(pid)
    gone, ends = threading.Event(), time.monotonic() + 60 * minutes
    honest, killer = Seen(), Seen()
    threads = [
        threading.Thread(target=send_until, args=(ends, url, key, [film], honest, gone))
        for name, key in keys.items()
        if name != "killer"
    ]
    threads += [
        threading.Thread(target=send_until, args=(ends, url, keys["killer"], list(DEEDS), killer, gone))
        for _ in range(KILLER_CONNECTIONS)
    ]
    start = time.monotonic()
    for thread in threads:
        thread.start()
    while not gone.wait(0.1) and time.monotonic() < ends:
        if not is_running(pid):
            gone.set()
    seconds = time.monotonic() - start
    for thread in threads:
        thread.join()
    time.sleep(CALM_S)
    lives = is_running(pid)
    cuts = statistics.quantiles(honest.seconds, n=100) if len(honest.seconds) > 1 else [0.0] * 99
    return {
        "seconds": round(seconds, 1),
        "lives": lives,
        "honest": dict(honest.statuses),
        "honest_lost": honest.statuses.total() - honest.statuses["200"],
        "p50_ms": round(cuts[49] * 1000),
        "p99_ms": round(cuts[98] * 1000),
        "killer": dict(killer.statuses),
        "killer_lost": killer.statuses[LOST],
        "memory_before_mb": before // 1_000_000,
        "memory_after_mb": proportional_bytes(pid) // 1_000_000 if lives else None,
    }


def is_running(pid: int) -> bool:
    """Whether there is such a process that has not ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _lost_decoders(port: int) -> dict[str, int]:
    text = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text
    lost = re.findall(r'^xray_lost_decoders_total\{reason="(\w+)"\} ([0-9.]+)', text, re.MULTILINE)
    return {reason: int(float(count)) for reason, count in lost}


if __name__ == "__main__":
    main(tyro.cli(Options, description=__doc__))
