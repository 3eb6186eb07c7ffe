"""The audit log: one FHIR R4 AuditEvent a line, each line chained to the one before.

`chain` of a line is the HMAC-SHA256, under the audit key, of the chain of the line before and of the line without its
chain. Without the key, nobody can change, remove or add a line without breaking the chain. To detect a cut at the end,
compare with the last chain in the server's own log. `python -m k8s.server.audit` checks files.
"""

import fcntl
import hashlib
import hmac
import json
import os
import re
import stat
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fovea import SettingError

# FHIR R4 asks for an absolute URI (https://hl7.org/fhir/R4/extensibility.html); this one depends on no address
CHAIN_URL = "urn:uuid:5d0cbf6a-2c0e-4f0b-9c37-9a0f6a5f8b1e"
FIRST_CHAIN = "0" * 64
MIN_KEY_BYTES = 32
_CHAIN_MARK = b',"extension":[{"url":"' + CHAIN_URL.encode() + b'","valueString":"'
_LINE_END = b'"}]}\n'
_START = b'{"resourceType":"AuditEvent"'


class AuditError(Exception):
    """A line could not be written."""


def read_audit_key(path: Path) -> bytes:
    """The secret under which lines are chained and identifiers hashed. Raises SettingError under 32 bytes."""
    key = path.read_bytes().strip()
    if len(key) < MIN_KEY_BYTES:
        raise SettingError(f"The audit key in {path.name} is {len(key)} bytes long. It needs at least {MIN_KEY_BYTES}.")
    return key


def chained(key: bytes, previous: str, event: dict[str, Any]) -> tuple[bytes, str]:
    """The line for `event` behind a line whose chain is `previous`, and its own chain."""
    content = json.dumps(event, separators=(",", ":")).encode()
    chain = _chain(key, previous, content)
    return content[:-1] + _CHAIN_MARK + chain.encode() + _LINE_END, chain


def _chain(key: bytes, previous: str, content: bytes) -> str:
    return hmac.new(key, previous.encode() + content, hashlib.sha256).hexdigest()


def _parted(line: bytes) -> tuple[bytes, str] | None:
    """Content and chain of a line; None where it is no line of this log."""
    at = line.rfind(_CHAIN_MARK)
    chain = line[at + len(_CHAIN_MARK) : -len(_LINE_END)]
    if at < 0 or not line.endswith(_LINE_END) or not re.fullmatch(rb"[0-9a-f]{64}", chain):
        return None
    return line[:at] + b"}", chain.decode()


class AuditLog:
    """Appends lines to a file and, if asked, to standard output. Safe to call from several threads.

    A line is written whole or not at all: where the disk is full, what was begun is taken back. The file is put aside
    under its time when it reaches `max_bytes`; of those put aside, `keep` stay, all with 0.
    """

    def __init__(
        self,
        key: bytes,
        path: Path | None,
        max_bytes: int,
        keep: int = 0,
        echo: Callable[[bytes], None] | None = None,
    ) -> None:
        self.key, self._path, self._max_bytes, self._keep, self._echo = key, path, max_bytes, keep, echo
        self._lock = threading.Lock()
        self._file: int | None = None
        self.head, self.lines = FIRST_CHAIN, 0
        if path is not None:
            self.head = _last_chain(path)
            try:
                self._file = _open(path)
                if _is_torn(path):  # a process was killed while it wrote: its line must not swallow the next one
                    self._rotate()
            except BlockingIOError:
                raise SettingError(
                    "XRAY_AUDIT_FILE is open in another server. Give each server a file of its own."
                ) from None
            except OSError as error:
                raise SettingError(f"XRAY_AUDIT_FILE cannot be opened for appending: {error.strerror}.") from None

    def append(self, event: dict[str, Any], *, even_if_only_printed: bool = False) -> None:
        """Raises AuditError where the line could not be written.

        A line that the file has no room for is printed all the same if that is asked for, and the chain goes on from
        it: what was printed stays whole, and in the file the gap shows.
        """
        with self._lock:
            line, chain = chained(self.key, self.head, event)
            try:
                if self._file is not None:
                    self._write(line)
                    self.head = chain
            except AuditError:
                if even_if_only_printed and self._echo is not None:
                    self._print(line, chain)
                raise
            self._print(line, chain)

    def _print(self, line: bytes, chain: str) -> None:
        if self._echo is not None:
            try:
                self._echo(line)
            except OSError as error:
                raise AuditError(error.strerror or "standard output cannot be written") from None
        self.head = chain
        self.lines += 1

    def pseudonym(self, identifier: str) -> str:
        """The same for the same identifier, and useless without the key."""
        return hmac.new(self.key, identifier.encode(), hashlib.sha256).hexdigest()

    def sync(self) -> None:
        """Have the lines so far on the disk, not only in the node's memory. Raises AuditError."""
        with self._lock:
            if self._file is not None and stat.S_ISREG(os.fstat(self._file).st_mode):
                try:
                    os.fsync(self._file)
                except OSError as error:
                    raise AuditError(error.strerror or "the file cannot be written") from None

    def close(self) -> None:
        with self._lock:
            if self._file is not None:
                os.close(self._file)
                self._file = None

    def _write(self, line: bytes) -> None:
        assert self._file is not None
        assert self._path is not None
        try:
            size = os.fstat(self._file).st_size
            if size and size + len(line) > self._max_bytes:
                self._rotate()
                size = 0
            written = os.write(self._file, line)
            if written < len(line):
                os.ftruncate(self._file, size)
                raise AuditError("the disk is full")
        except OSError as error:
            raise AuditError(error.strerror or "the file cannot be written") from None

    def _rotate(self) -> None:
        assert self._file is not None
        assert self._path is not None
        aside = _put_aside(self._path)
        try:
            fresh = _open(self._path)
        except OSError:
            os.rename(aside, self._path)  # the old file stays open, and is tried again
            raise
        os.fsync(self._file)
        os.close(self._file)
        self._file = fresh
        for old in _rotated(self._path)[: -self._keep] if self._keep else ():
            old.unlink(missing_ok=True)


def _rotated(path: Path) -> list[Path]:
    """Files put aside, oldest first; another log whose name begins alike is none of them."""
    name = re.compile(re.escape(path.stem) + r"-\d{8}T\d{6}\.\d{6}Z" + re.escape(path.suffix))
    return sorted(file for file in path.parent.iterdir() if name.fullmatch(file.name))


def _put_aside(path: Path) -> Path:
    """Gives the new name, by which files sort in their order."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    return path.rename(path.with_name(f"{path.stem}-{stamp}{path.suffix}"))


def _open(path: Path) -> int:
    """For this process alone: two that append would break each other's chain."""
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(file)
        raise
    return file


def _is_torn(path: Path) -> bool:
    """Whether the file's last line has no end. A device or a pipe is never put aside."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 1))
        return file.read(1) not in (b"", b"\n")


def _last_chain(path: Path) -> str:
    """Where a restarted server goes on: the chain of the last whole line, over rotated files too."""
    for file in (path, *reversed(_rotated(path) if path.parent.is_dir() else [])):
        if file.is_file():
            for line in reversed(file.read_bytes().splitlines(keepends=True)):
                parts = _parted(line)
                if parts is not None:
                    return parts[1]
    return FIRST_CHAIN


@dataclass(frozen=True)
class Verdict:
    """`broken` names the first line that does not follow from the one before, None where all do."""

    lines: int
    head: str
    broken: str | None


def verify(key: bytes, files: Iterable[Path], first: str = FIRST_CHAIN, *, are_printed: bool = False) -> Verdict:
    """Follow the chain through `files` in their order, from `first` on.

    In what a pod printed, lines of another kind are passed over: an audit line made to look like one is missed by the
    next.
    """
    previous, lines = first, 0
    for path in files:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if are_printed and not line.startswith(_START):
                    continue
                where = f"{path.name}, line {number}"
                if not line.endswith(b"\n"):
                    return Verdict(lines, previous, f"{where}: it is cut off")
                parts = _parted(line)
                if parts is None:
                    return Verdict(lines, previous, f"{where}: it carries no chain")
                content, chain = parts
                if not hmac.compare_digest(_chain(key, previous, content), chain):
                    return Verdict(lines, previous, f"{where}: it does not follow from the line before")
                previous, lines = chain, lines + 1
    return Verdict(lines, previous, None)
