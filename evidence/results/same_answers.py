"""What the shipped files answer with and without onnxruntime's optimizations."""

from collections.abc import Iterator

from evidence.results.stored import stored
from evidence.results.table import Table, provenance, rounded, share

SEEN = 0.0001


def tables() -> Iterator[Table]:
    found = stored("docs/same_answers.json")
    if found is None:
        return
    rows = [
        [
            f"`{row['file']}.onnx`, {row['precision']}",
            *(share(row[way]["accuracy"], row[way]["interval"]) for way in ("on", "off")),
            *(f"{row[what]:,}" for what in ("other class", "other decision")),
            small(row["largest change"]),
            f"{row['n']:,}",
        ]
        for row in found["rows"]
    ]
    header = ("file", "as served", "without optimizations", "other class", "other decision", "largest change", "n")
    note = (
        "Right answers on test images. As served, int8 takes the processor's own instructions. Without optimizations "
        "it takes none of them, so that run stands for other processors."
    )
    yield Table("With onnxruntime's optimizations and without", header, rows, **provenance(found), note=note)


def small(change: float) -> str:
    """Of a probability: its digits, or that nobody would see them."""
    return rounded(change, 2) if change >= SEEN else f"under {SEEN:g}"
