"""The files of an audit log: the one that is written, and those put aside when they were full.

A file put aside is named by a number that only grows, `audit-n00000042-20261124T040000Z.jsonl`: a clock that is set
back neither reorders files nor lets the newest be deleted as the oldest. Files that are named by their time alone are
older than all of these and sort before them.
"""

import fcntl
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from k8s.server.records.audit_chain import FIRST_CHAIN, parted
from k8s.server.records.unfinished import Unfinished

_NUMBERED, _TIMED = r"-n(\d{8,})-\d{8}T\d{6}Z", r"-\d{8}T\d{6}\.\d{6}Z"
FILES_OF_LAST_RUN = 2  # a request lasts less than the time in which a whole file is filled


def rotated(path: Path) -> list[Path]:
    """Files put aside, oldest first; another log whose name begins alike is none of them."""
    numbers = {file: number_of(path, file) for file in path.parent.iterdir()}
    return sorted((file for file, number in numbers.items() if number >= 0), key=lambda file: (numbers[file], file))


def number_of(path: Path, file: Path) -> int:
    """Of a file put aside from `path`: its number, 0 where it is named by its time alone; -1 for any other file."""
    found = re.fullmatch(f"{re.escape(path.stem)}(?:{_NUMBERED}|{_TIMED}){re.escape(path.suffix)}", file.name)
    return -1 if found is None else int(found[1] or 0)


def put_aside(path: Path, last_number: int) -> tuple[Path, int]:
    """Gives the new name and its number, which is above `last_number` and above those of all files that are there."""
    files = rotated(path)
    number = max(last_number, number_of(path, files[-1]) if files else 0) + 1
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    return path.rename(path.with_name(f"{path.stem}-n{number:08}-{stamp}{path.suffix}")), number


def delete_oldest(path: Path, keep: int) -> None:
    """Of the files put aside the newest `keep` stay; all of them with 0."""
    for old in rotated(path)[:-keep] if keep else ():
        old.unlink(missing_ok=True)


def open_alone(path: Path) -> int:
    """For this process alone: two that append would break each other's chain."""
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(file)
        raise
    return file


def is_torn(path: Path) -> bool:
    """Whether the file's last line has no end. A device or a pipe is never put aside."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 1))
        return file.read(1) not in (b"", b"\n")


def last_run(path: Path) -> tuple[str, list[str]]:
    """Where a restarted server goes on: the chain of the last whole line, and the requests that its last run lost.

    The chain is searched over all files, the requests over the last two.
    """
    files = [file for file in (*(rotated(path) if path.parent.is_dir() else ()), path) if file.is_file()]
    chain, unfinished = FIRST_CHAIN, Unfinished()
    for file in files[-FILES_OF_LAST_RUN:]:
        for line in _lines(file):
            unfinished.add(*line)
            chain = line[1]
    for file in reversed(files[:-FILES_OF_LAST_RUN]):
        if chain == FIRST_CHAIN:
            for line in _lines(file):
                chain = line[1]
    return chain, list(unfinished.open.values())


def _lines(path: Path) -> Iterator[tuple[bytes, str]]:
    with path.open("rb") as file:
        for line in file:
            parts = parted(line)
            if parts is not None:
                yield parts
