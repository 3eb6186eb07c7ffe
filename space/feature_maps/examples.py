"""Example images for the networks, by the names that stand in links."""

import functools
from pathlib import Path

from PIL import Image

from fovea import SettingError, decode
from fovea.listing import either
from space.credits import example_files

FOLDER = Path(__file__).parents[1] / "examples" / "feature_maps"


def example(name: object) -> Path:
    """The file of the example called `name`. Raises SettingError where there is none."""
    known = {path.stem: path for path in _paths()}
    if not isinstance(name, str) or name not in known:
        raise SettingError(f"The example is {name!r}. Choose {either(known)}.")
    return known[name]


def example_of(image: Image.Image) -> str | None:
    """The name of the example whose pixels, decoded to RGB, these are: only those may stand in a link.

    Sizes go first: the bytes of a phone photo, 36 MB, are never copied.
    """
    same_size = [(name, pixels) for name, size, pixels in _known() if size == image.size]
    if not same_size:
        return None
    asked = image.tobytes()
    return next((name for name, pixels in same_size if pixels == asked), None)


@functools.cache
def _known() -> tuple[tuple[str, tuple[int, int], bytes], ...]:
    """Name, size and RGB bytes of each example."""
    images = {path.stem: decode(path.read_bytes(), channels=3) for path in _paths()}
    return tuple((name, image.size, image.tobytes()) for name, image in images.items())


def _paths() -> list[Path]:
    return example_files(FOLDER)
