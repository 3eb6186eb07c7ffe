"""The audit log: one FHIR R4 AuditEvent a line, each line chained to the one before.

To detect a cut at the end, compare with the last chain in the server's own log. `python -m k8s.server.audit` checks
files.
"""

import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fovea import SettingError
from k8s.server.records.audit_chain import FIRST_CHAIN, chained, keyed_hash
from k8s.server.records.audit_files import delete_oldest, is_torn, last_run, open_alone, put_aside

Wait = Callable[[], None]
Echo = Callable[[bytes], Wait | None]
"""prints a line, or gives what waits until it is printed; both raise OSError"""


class AuditError(Exception):
    """A line could not be written."""


class AuditLog:
    """Appends lines to a file and, if asked, to standard output. Safe to call from several threads.

    A line is written whole or not at all: where the disk is full, what was begun is taken back. The file is put aside
    under the next number when it reaches `max_bytes`; of those put aside, `keep` stay, all with 0. `lost` are the
    requests that the last run of the file started and did not end.
    """

    def __init__(self, key: bytes, path: Path | None, max_bytes: int, keep: int = 0, echo: Echo | None = None) -> None:
        self.key, self._path, self._max_bytes, self._keep, self._echo = key, path, max_bytes, keep, echo
        self._lock = threading.Lock()
        self._file: int | None = None
        self._number, self._is_closed = 0, False
        self.head, self.lines = FIRST_CHAIN, 0
        self.lost: list[str] = []
        if path is not None:
            self.head, self.lost = last_run(path)
            try:
                self._file = open_alone(path)
                if is_torn(path):  # a process was killed while it wrote: its line must not swallow the next one
                    self._rotate()
            except BlockingIOError:
                raise SettingError(
                    "XRAY_AUDIT_FILE is open in another server. Give each server a file of its own."
                ) from None
            except OSError as error:
                raise SettingError(f"XRAY_AUDIT_FILE cannot be opened for appending: {error.strerror}.") from None

    def append(self, event: dict[str, Any], *, even_if_only_printed: bool = False) -> str:
        """The chain of the new line. Raises AuditError where the line could not be written.

        A line that the file has no room for is printed all the same if that is asked for, and the chain goes on from
        it: what was printed stays whole, and in the file the gap shows.
        """
        with self._lock:
            if self._is_closed:
                raise AuditError("the audit log is closed")
            line, chain = chained(self.key, self.head, event)
            try:
                if self._file is not None:
                    self._write(line)
                    self.head = chain
            except AuditError:
                if even_if_only_printed and self._echo is not None:
                    self._print(line, chain)
                raise
            wait = self._print(line, chain)
        if wait is not None:  # without the lock: those who come after must not wait for each other's time
            try:
                wait()
            except OSError as error:
                raise _not_printed(error) from None
        return chain

    def _print(self, line: bytes, chain: str) -> Wait | None:
        wait = None
        if self._echo is not None:
            try:
                wait = self._echo(line)
            except OSError as error:
                raise _not_printed(error) from None
        self.head = chain
        self.lines += 1
        return wait

    def pseudonym(self, identifier: str) -> str:
        """The same for the same identifier, and useless without the key."""
        return keyed_hash(self.key, identifier.encode())

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
            self._is_closed = True
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
        aside, number = put_aside(self._path, self._number)
        try:
            fresh = open_alone(self._path)
        except OSError:
            os.rename(aside, self._path)  # the old file stays open, and is tried again
            raise
        self._number = number
        os.fsync(self._file)
        os.close(self._file)
        self._file = fresh
        delete_oldest(self._path, self._keep)


def _not_printed(error: OSError) -> AuditError:
    return AuditError(error.strerror or str(error) or "standard output cannot be written")
