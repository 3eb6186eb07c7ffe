"""Example images for the networks, by the names that stand in links."""

import functools
import hashlib
from pathlib import Path

from PIL import Image

from export.runtime import SettingError, decode
from space.credits import example_files

FOLDER = Path(__file__).parents[1] / "examples" / "features"


def example(name: object) -> Path:
    """The file of the example called `name`. Raises SettingError where there is none."""
    known = {path.stem: path for path in _paths()}
    if not isinstance(name, str) or name not in known:
        raise SettingError(f"The example is {name!r}; allowed are {', '.join(known)}.")
    return known[name]


def example_of(image: Image.Image) -> str | None:
    """The name of the example whose pixels, decoded to RGB, these are: only those may stand in a link."""
    return _names().get(_digest(image))


@functools.cache
def _names() -> dict[str, str]:
    return {_digest(decode(path.read_bytes(), channels=3)): path.stem for path in _paths()}


def _digest(image: Image.Image) -> str:
    return hashlib.sha256(f"{image.size}".encode() + image.tobytes()).hexdigest()


def _paths() -> list[Path]:
    return [Path(file) for [file] in example_files(FOLDER)]
