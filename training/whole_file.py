"""Files that are there whole, or as they were: written beside the target, then renamed."""

from contextlib import suppress
from pathlib import Path


def write_bytes(path: Path, content: bytes | memoryview) -> None:
    """A reader, an interruption or a full disk never meets half a file. Raises OSError with the name of the target."""
    partial = path.with_name(f"{path.name}.partial")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as error:
        with suppress(OSError):
            partial.unlink()  # half a file would keep a full disk full
        raise OSError(error.errno, error.strerror, str(path)) from error


def write_text(path: Path, text: str) -> None:
    """As UTF-8."""
    write_bytes(path, text.encode())
