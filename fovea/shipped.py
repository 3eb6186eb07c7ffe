"""The models that come with Fovea, found by name in a checkout and in an installed package."""

import os
from pathlib import Path

from fovea.errors import ModelFileError
from fovea.listing import either

INSTALLED = Path(__file__).parent / "models"
CHECKOUT = Path(__file__).parents[1] / "models"


def shipped_models() -> tuple[str, ...]:
    """The names of the shipped models, sorted."""
    return tuple(sorted(path.stem for path in _folder().glob("*.onnx")))


def find_model(model: str | Path) -> Path:
    """The file of `model`: a path where it ends in .onnx or names a folder, else the name of a shipped model.

    Raises ModelFileError for an unknown name. Whether a path exists is for `load` to say.
    """
    if str(model).endswith(".onnx") or os.path.dirname(model):
        return Path(model)
    names = shipped_models()
    if str(model) not in names:
        raise ModelFileError(
            f"There is no shipped model {str(model)!r}. Choose {either(names)}, or give the path of an .onnx file."
        )
    return _folder() / f"{model}.onnx"


def _folder() -> Path:
    return INSTALLED if INSTALLED.is_dir() else CHECKOUT
