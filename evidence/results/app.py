"""Figures of the app in a browser, which benchmarks store in docs."""

from collections.abc import Iterator
from typing import Any

from evidence.results.stored import stored
from evidence.results.table import Table, provenance

SETTINGS = {
    "phone": "a phone of 390 x 844 pixels, slow 4G (1.6 Mbit/s, 150 ms) and a processor four times slower",
    "desktop": "a window of 1280 x 900 pixels without throttling",
}


def tables() -> Iterator[Table]:
    yield from _weight()
    yield from _pens()


def _weight() -> Iterator[Table]:
    found = stored("docs/page_weight.json")
    if found is None:
        return
    drawing = {row["setting"]: row["ms"] for row in found["first_drawing"]}
    for setting, words in SETTINGS.items():
        rows = [weight_row(row) for row in found["rows"] if row["setting"] == setting]
        header = ("tab", "kB", "requests", "first paint, s", "largest paint, s", "layout shift")
        note = f"Medians of {found['n']} first visits with {words}."
        if setting in drawing:
            note += f" On Digits one can draw after {drawing[setting] / 1000:.1f} s."
        yield Table(f"Opening a tab on a {setting}", header, rows, **provenance(found), note=note)


def weight_row(row: dict[str, Any]) -> list[str]:
    seconds = [f"{row[name] / 1000:.1f}" for name in ("fcp_ms", "lcp_ms")]
    return [row["tab"], f"{row['bytes'] / 1000:,.0f}", str(row["requests"]), *seconds, f"{row['cls']:.3f}"]


def _pens() -> Iterator[Table]:
    found = stored("docs/many_pens.json")
    if found is None:
        return
    rows = [
        [
            str(row["browsers"]),
            str(row.get("elsewhere", 0)),
            f"{row['median_ms']:.0f}",
            f"{row['p95_ms']:.0f}",
            f"{row['answers']:,}",
        ]
        for row in found["rows"]
    ]
    header = ("browsers", "other users, no browser", "median, ms", "p95, ms", "answers")
    note = (
        "Time from a pen movement to the answer on the page. The browsers run on the app's machine. Simulated users "
        "elsewhere send at most eleven drawings a second and only read the answers."
    )
    yield Table("Drawing at once", header, rows, **provenance(found), note=note)
