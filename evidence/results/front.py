"""The table of the README: one row for each network that ships, and one for films of other hospitals."""

from evidence.markdown import table
from evidence.results import chest_xray
from evidence.results.shipped import milliseconds
from evidence.results.stored import experiment, model
from evidence.results.table import NONE, rounded, share
from fovea import ModelHeader

BEGIN, END = "<!-- written by make results -->", "<!-- end of what make results writes -->"
HEADER = ["task", "network", "right on test images", "n", "file", "ms an image"]
ROWS = {
    "digits": ("digits", "LeNet-5"),
    "flowers": ("five flowers", "Inception-v3"),
    "objects": ("ten objects", "GoogLeNet"),
    "objects_inception_v3": ("ten objects", "Inception-v3"),
    "chest_xray": ("chest X-rays", "Inception-v3"),
}
OTHERS = "chest X-rays from other hospitals"


def lines() -> str:
    """The table and how its times were measured, Markdown."""
    rows = [
        row(name, found, *words)
        for name, words in ROWS.items()
        if (found := model(name)) and found.spec.metric("accuracy")
    ]
    external = chest_xray.accuracy("external")
    if external is not None:
        shown = share(external["value"], external["interval"], 1)
        rows.append([OTHERS, "the same file", shown, f"{external['n']:,}", NONE, NONE])
    timed = experiment("latency") or {}
    made = f" Times: onnxruntime, {timed['hardware']}, {timed['created']}." if timed else ""
    untimed = f" A file with {NONE} was not timed yet." if any(row[-1] == NONE for row in rows[: len(ROWS)]) else ""
    return f"{table(HEADER, rows)}\n\nBrackets hold 95 % intervals.{made}{untimed}\n"


def row(name: str, found: ModelHeader, task: str, network: str) -> list[str]:
    accuracy = found.spec.metric("accuracy")
    assert accuracy is not None  # `lines` leaves such files out
    by_patient = chest_xray.accuracy("test") if name == "chest_xray" else None  # its interval is wider, over patients
    interval = accuracy.interval if by_patient is None else by_patient["interval"]
    ms = milliseconds(found)
    size = found.path.stat().st_size / 1e6
    shown = share(accuracy.value, interval, 1)
    return [task, network, shown, f"{accuracy.n:,}", f"{size:.1f} MB", NONE if ms is None else rounded(ms, 2)]


def filled(readme: str) -> str:
    """`readme` with today's table between its two markers."""
    before, begin, rest = readme.partition(f"{BEGIN}\n")
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"README.md lacks the line {BEGIN} or {END}.")
    return f"{before}{begin}\n{lines()}\n{end}{after}"
