"""What the two audit lines of a film cost: time of this process and of the clock, against a body's size.

python -m benchmarks.audit_lines [--films 200] [--out docs/endpoint/audit_lines.json]

The lines are written as the endpoint writes them, into a file in the folder for temporary files. The first one holds
the keyed hash of the whole body.
"""

import json
import statistics
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import tyro

from fovea.processor import described
from fovea.threads import available_cpus
from k8s.server.records.audit_chain import keyed_hash
from k8s.server.records.audit_event import audit_event, started_event
from k8s.server.records.audit_log import AuditLog

KEY = b"0123456789abcdef" * 4
NAMES = {"client": "key:ward", "user": "", "operation": "read chest X-ray", "model": "72591d0f" * 8}
MEGABYTES = (0.1, 1, 8, 40)


@dataclass(frozen=True)
class Options:
    """What to run."""

    films: int = 200
    out: Path = Path("docs/endpoint/audit_lines.json")


def main(options: Options) -> None:
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        log = AuditLog(KEY, Path(folder) / "audit.jsonl", 10**9)
        for megabytes in MEGABYTES:
            rows.append(measure(log, megabytes, options.films))
            print(rows[-1], flush=True)
        log.close()
    result = {"date": date.today().isoformat(), "hardware": f"{described()}, {available_cpus()} CPUs", "rows": rows}
    options.out.write_text(json.dumps(result | {"films": options.films}, indent=2) + "\n")


def measure(log: AuditLog, megabytes: float, films: int) -> dict[str, float]:
    """Medians over `films`, in milliseconds: of both lines, and of the hash alone."""
    body = bytes(int(megabytes * 1e6))
    lines_ms, cpu_ms, hash_ms = [], [], []
    for number in range(films):
        wall, cpu = time.perf_counter(), time.process_time()
        digest = keyed_hash(KEY, body)
        hash_ms.append((time.perf_counter() - wall) * 1000)
        write_both(log, str(number), digest)
        lines_ms.append((time.perf_counter() - wall) * 1000)
        cpu_ms.append((time.process_time() - cpu) * 1000)
    medians = {"both_ms": lines_ms, "cpu_ms": cpu_ms, "hash_ms": hash_ms}
    return {"megabytes": megabytes} | {name: round(statistics.median(values), 3) for name, values in medians.items()}


def write_both(log: AuditLog, request_id: str, digest: str) -> None:
    start = log.append(started_event(recorded=datetime.now(UTC), request_id=request_id, body=digest, **NAMES))
    log.append(
        audit_event(
            recorded=datetime.now(UTC),
            request_id=request_id,
            status=200,
            problem="",
            instance=None,
            pseudonym=log.pseudonym,
            start=start,
            **NAMES,
        )
    )


if __name__ == "__main__":
    main(tyro.cli(Options, description=__doc__))
