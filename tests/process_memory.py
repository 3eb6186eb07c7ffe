"""The memory of a process and of all below it."""

from pathlib import Path


def members(pid):
    """The process and all below it."""
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    children = [int(child) for of_thread in lists for child in of_thread.read_text().split()]
    return [pid, *(member for child in children for member in members(child))]


def memory(pid):
    """Bytes of a process and all below it, pages that several share once."""
    rollups = [Path(f"/proc/{member}/smaps_rollup").read_text().splitlines() for member in members(pid)]
    return sum(int(line.split()[1]) * 1024 for lines in rollups for line in lines if line.startswith("Pss:"))
