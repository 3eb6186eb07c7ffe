"""Uploads on disk: in a folder of this process alone, for minutes, and gone with it."""

import os
import shutil
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import gradio as gr
from gradio.utils import get_upload_folder
from gradio_client.utils import is_http_url_like

from fovea import SettingError

PREFIX = "fovea-uploads-"
VARIABLE = "GRADIO_TEMP_DIR"
SWEEPS = 20  # in the age of an upload
FRESH_S = 5  # an empty folder that is younger may be waiting for its file


@contextmanager
def upload_folder(age_s: float) -> Iterator[Path]:
    """The folder that Gradio writes to, from here on and until the end; what is older than `age_s` is deleted.

    It is a new one, in GRADIO_TEMP_DIR or the system's folder for temporary files. Raises SettingError where none can
    be made there.
    """
    given = os.environ.get(VARIABLE)
    parent = Path(given or tempfile.gettempdir())
    folder = _new_folder(parent)
    stopped = threading.Event()
    sweeper = threading.Thread(target=_sweep_until, args=(stopped, parent, age_s), name="uploads", daemon=True)
    os.environ[VARIABLE] = str(folder)
    sweeper.start()
    try:
        yield folder
    finally:
        stopped.set()
        sweeper.join()
        shutil.rmtree(folder, ignore_errors=True)
        if given is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = given


def _new_folder(parent: Path) -> Path:
    try:
        parent.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
    except OSError as error:
        raise SettingError(
            f"Uploads cannot be kept in {parent}: {error.strerror}. Set {VARIABLE} to a folder that you may write to."
        ) from error


def is_upload(path: Path) -> bool:
    """Whether `path` lies in the folder that Gradio writes to, links followed."""
    return path.resolve().is_relative_to(Path(get_upload_folder()).resolve())


def delete(path: Path) -> None:
    """Delete an upload, and the folder that Gradio named after its hash."""
    path.unlink(missing_ok=True)
    with suppress(OSError):  # another upload lies there
        path.parent.rmdir()


def fetch_nothing(page: gr.Blocks) -> None:
    """Let no component of `page` fetch a file from an address that a caller names, of any size, to the disk."""
    for block in page.blocks.values():
        moved = _uploads_only(block.async_move_resource_to_block_cache)
        setattr(block, "async_move_resource_to_block_cache", moved)  # noqa: B010, as mypy lets no method be assigned


def _uploads_only(move: Callable[..., Awaitable[str | None]]) -> Callable[..., Awaitable[str | None]]:
    async def moved(place: str | Path | None) -> str | None:
        check_is_no_address(place)
        return await move(place)

    return moved


def check_is_no_address(place: str | Path | None) -> None:
    """Raises gr.Error, which the caller sees."""
    if is_http_url_like(str(place)):
        raise gr.Error("Upload the file: the app fetches no addresses.", print_exception=False)


def sweep(parent: Path, age_s: float) -> None:
    """Delete what is older than `age_s` in every folder of uploads in `parent`: one may be left of a killed process."""
    now = time.time()
    for folder in parent.glob(f"{PREFIX}*"):
        if folder.is_symlink() or folder.stat().st_uid != os.getuid():
            continue
        for place, _, names in os.walk(folder, topdown=False):
            for name in names:
                with suppress(FileNotFoundError):  # the app deletes too
                    if now - os.lstat(f"{place}/{name}").st_ctime > age_s:
                        os.unlink(f"{place}/{name}")
            with suppress(OSError):  # not empty
                if place != str(folder) and (names or now - os.stat(place).st_mtime > FRESH_S):
                    os.rmdir(place)


def _sweep_until(stopped: threading.Event, parent: Path, age_s: float) -> None:
    while not stopped.wait(max(age_s / SWEEPS, 0.5)):
        with suppress(OSError):  # the next sweep tries again
            sweep(parent, age_s)
