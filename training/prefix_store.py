"""Rows of float16 on disk, by key: appended whole or not at all, read through a memory map, bounded in total."""

import errno
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

KEY_BYTES = 32


class PrefixStore:
    """One folder of rows of one shape, beside the folders of other prefixes, which share one bound.

    `rows.f16` holds the rows, `keys` their names in the same order. A row is flushed before its key is written, so a
    process that dies leaves at worst a row without a key, which the next append overwrites.
    """

    def __init__(self, root: Path, name: str, shape: Sequence[int], max_bytes: int) -> None:
        self.root, self.folder, self.shape, self.max_bytes = root, root / name, tuple(shape), max_bytes
        self.row_bytes = 2 * int(np.prod(self.shape))
        self.folder.mkdir(parents=True, exist_ok=True)
        self.places: dict[bytes, int] = {}
        self.is_full = False
        self._rows: NDArray[np.float16] | None = None
        os.utime(self.folder)  # the least recently opened folder is the first to go
        self._read_keys()

    def __contains__(self, key: bytes) -> bool:
        return key in self.places

    def read(self, keys: Sequence[bytes]) -> NDArray[np.float16]:
        """Rows (N, *shape) of keys that are all here."""
        if self._rows is None:
            shape = (len(self.places), *self.shape)
            self._rows = np.memmap(self.folder / "rows.f16", dtype=np.float16, mode="r", shape=shape)
        return self._rows[[self.places[key] for key in keys]]

    def append(self, keys: Sequence[bytes], rows: NDArray[np.float16]) -> None:
        """Keep `rows` (N, *shape). Where the bound or the disk is reached, `is_full` is set and nothing is kept."""
        with FileLock(self.folder / "lock"):  # two processes that append at once would write to the same place
            self._read_keys()  # another process may have appended meanwhile
            # one row a key: two files of a data set may be the same photo
            fresh = [index for index, key in enumerate(keys) if key not in self.places and key not in keys[:index]]
            if self.is_full or not self._make_room(len(fresh) * (self.row_bytes + KEY_BYTES)):
                self.is_full = True
                return
            try:
                self._write("rows.f16", len(self.places) * self.row_bytes, rows[fresh].tobytes())
                self._write("keys", len(self.places) * KEY_BYTES, b"".join(keys[index] for index in fresh))
            except OSError as error:
                if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                    raise
                self.is_full = True
                return
            self._read_keys()

    def _write(self, name: str, offset: int, content: bytes) -> None:
        with (self.folder / name).open("r+b" if (self.folder / name).exists() else "w+b") as file:
            file.seek(offset)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())

    def _read_keys(self) -> None:
        path = self.folder / "keys"
        count = path.stat().st_size // KEY_BYTES if path.exists() else 0
        if count < len(self.places):  # another process has deleted the folder meanwhile
            self.places, self._rows = {}, None
        if count == len(self.places):
            return
        with path.open("rb") as file:  # only what is new: all of them at each append would be a square of their number
            file.seek(len(self.places) * KEY_BYTES)
            while len(key := file.read(KEY_BYTES)) == KEY_BYTES:
                self.places[key] = len(self.places)
        self._rows = None

    def _make_room(self, extra: int) -> bool:
        """Whether `extra` bytes fit the bound, after deleting folders of other prefixes, oldest use first."""
        others = sorted((path for path in self.root.iterdir() if path != self.folder and path.is_dir()), key=_used)
        while (total := sum(_size(path) for path in self.root.iterdir())) + extra > self.max_bytes and others:
            shutil.rmtree(others.pop(0))
        return total + extra <= self.max_bytes


def _used(folder: Path) -> float:
    return folder.stat().st_mtime


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir()) if folder.is_dir() else 0
