"""One run at a time in a folder: the operating system holds the lock, so a crash leaves none behind."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from fovea import FoveaError


class FolderInUseError(FoveaError):
    """Another process trains in the folder."""


def is_first_process() -> bool:
    """Of those that train one network together, as torchrun and accelerate number them."""
    return os.environ.get("RANK", "0") == "0"


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold `folder`, which is made where it is missing. Raises FolderInUseError where another process holds it."""
    if not is_first_process():
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / "lock", timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise FolderInUseError(
            f"Another process trains in {folder}. Wait until it ends, or choose another --name."
        ) from error
    try:
        yield
    finally:
        lock.release()
