"""Figures of the X-ray endpoint, from docs/endpoint. Their JSON holds no command, so it stands here."""

from collections.abc import Iterator
from typing import Any

from evidence.results.stored import stored
from evidence.results.table import Table, share

FOLDER = "endpoint"
BENCHMARK = "python -m benchmarks.endpoint"


def tables() -> Iterator[Table]:
    yield from _throughput()
    yield from _soak()
    yield from _child_decoding()
    yield from _film_memory()


def _found(name: str) -> dict[str, Any] | None:
    return stored(f"docs/{FOLDER}/{name}.json")


def _table(
    name: str, command: str, title: str, header: tuple[str, ...], rows: list[list[str]], note: str = ""
) -> Table:
    found = _found(name) or {}
    hardware = found.get("hardware") or f"{found['cpus']} CPUs"
    link = f"[JSON]({FOLDER}/{name}.json)."
    return Table(title, header, rows, command, found["date"], hardware, f"{note} {link}".strip())


def _throughput() -> Iterator[Table]:
    found = _found("benchmark")
    if found is None:
        return
    rows = [
        [
            row["server"],
            str(row["clients"]),
            f"{row['requests_per_second']:.1f}",
            f"{row['p50_ms']:.0f}",
            f"{row['p99_ms']:,.0f}",
            f"{row['requests']:,}",
        ]
        for row in found["rows"]
    ]
    command = f"{BENCHMARK} --seconds {found['seconds']:g} --rounds {found['rounds']}"
    header = ("server", "clients", "films a second", "p50, ms", "p99, ms", "films")
    note = (
        f"Each film is {found['body']}, medians of {found['rounds']} rounds in turns. "
        "[Sizing](../k8s/README.md#sizing) says how to read it."
    )
    yield _table("benchmark", command, "Films a second, beside other servers", header, rows, note)


def _soak() -> Iterator[Table]:
    found = _found("soak")
    if found is None:
        return
    soak = found["soak"]
    rows = [
        ["films", f"{soak['requests']:,}"],
        ["failed", f"{soak['errors']:,}"],
        ["memory at the end", f"{soak['samples'][-1][1]:.1f} MB"],
        ["more than after the warm-up", share(soak["growth"], digits=1)],
    ]
    command = f"{BENCHMARK} --rounds 0 --soak 50000 --skip-yardsticks --out docs/{FOLDER}/soak.json"
    note = f"One run with {soak['clients']} clients."
    yield _table("soak", command, "Memory over many films", ("figure", "value"), rows, note)


def _child_decoding() -> Iterator[Table]:
    found = _found("child_decoding")
    if found is None:
        return
    rows = [[row["film"], *(f"{row[key]:,.1f}" for key in ("here_ms", "child_ms", "cost_ms"))] for row in found["rows"]]
    command = f"python -m benchmarks.child_decoding --rounds {found['rounds']}"
    header = ("film", "in one process, ms", "in a child process, ms", "cost, ms")
    note = f"Medians of {found['rounds']} rounds."
    yield _table("child_decoding", command, "Decoding a film in a process of its own", header, rows, note)


def _film_memory() -> Iterator[Table]:
    found = _found("film_memory")
    if found is None:
        return
    keys = ("megapixels", "before_mb", "peak_mb", "peak_of_3_mb")
    rows = [[f"{row[key]:,}" for key in keys] for row in found["rows"]]
    header = ("megapixels of a film", "before, MB", "peak with one, MB", "peak with three, MB")
    note = "Server and children together. One size after the other, so a row begins with what the last one left."
    yield _table("film_memory", "python -m benchmarks.film_memory", "Memory by film size", header, rows, note)
