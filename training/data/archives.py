"""Archives of data sets, unpacked whole or not at all."""

import shutil
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from gzip import BadGzipFile
from http.client import HTTPException
from pathlib import Path
from urllib.error import URLError

from fovea import FoveaError

DAMAGE = (tarfile.TarError, EOFError, zlib.error, BadGzipFile)
UNREACHABLE = (URLError, ConnectionError, TimeoutError, HTTPException)  # what a download without a network raises


class DamagedArchiveError(FoveaError):
    """An archive or a file from one is truncated or damaged. The message names it."""


def damaged(path: Path) -> DamagedArchiveError:
    return DamagedArchiveError(f"{path} is truncated or damaged. Delete it, and put a whole one there.")


@contextmanager
def named_if_damaged(archive: Path) -> Iterator[None]:
    """Raises DamagedArchiveError for whatever a damaged `archive` raises while it is read."""
    try:
        yield
    except DAMAGE as error:
        raise damaged(archive) from error


def unpack(archive: Path, folder: Path) -> None:
    """`folder`, from the folder of the same name in the tar archive; an interruption leaves no half set behind.

    Raises DamagedArchiveError where the archive is damaged or does not hold that folder.
    """
    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        with named_if_damaged(archive), tarfile.open(archive) as contents:
            contents.extractall(partial, filter="data")
        if not (partial / folder.name).is_dir():
            raise DamagedArchiveError(
                f"{archive} holds no folder {folder.name}. Delete it, and put the right one there."
            )
        (partial / folder.name).rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
