"""Archives of data sets, unpacked whole or not at all."""

import tarfile
from pathlib import Path


def unpack(archive: Path, folder: Path) -> None:
    """`folder`, from the folder of the same name in the tar archive; an interruption leaves no half set behind."""
    partial = folder.with_name(f"{folder.name}.partial")
    with tarfile.open(archive) as contents:
        contents.extractall(partial, filter="data")
    (partial / folder.name).rename(folder)
    for rest in partial.iterdir():
        rest.unlink()
    partial.rmdir()
