"""What an exported model needs at run time: numpy, Pillow and onnxruntime; never torch.

>>> from fovea import load
>>> load("models/digits.onnx").predict(image).top(1)
"""

from typing import TYPE_CHECKING, Any

from fovea.decision import ABSTAIN, Decision, Reason
from fovea.errors import (
    EmptyDrawingError,
    FoveaError,
    ImageError,
    ImageTooLargeError,
    ModelFileError,
    RevisionError,
    SettingError,
    UnreadableImageError,
    UnsupportedFormatError,
)
from fovea.fitting import at_detail, fit, fit_image, fit_to_spec
from fovea.header import ModelHeader, read_header
from fovea.images import DecodedImage, ImageInput, decode, read_image
from fovea.prediction import Prediction
from fovea.shipped import find_model, shipped_models
from fovea.spec import Fit, Layer, LayerKind, Metric, ModelSpec, ReceptiveField, Reference
from fovea.version import __version__

if TYPE_CHECKING:
    from fovea.session import FeatureMaps, Model, load, open_model

__all__ = [
    "ABSTAIN",
    "Decision",
    "DecodedImage",
    "EmptyDrawingError",
    "FeatureMaps",
    "Fit",
    "FoveaError",
    "ImageError",
    "ImageInput",
    "ImageTooLargeError",
    "Layer",
    "LayerKind",
    "Metric",
    "Model",
    "ModelFileError",
    "ModelHeader",
    "ModelSpec",
    "Prediction",
    "Reason",
    "ReceptiveField",
    "Reference",
    "RevisionError",
    "SettingError",
    "UnreadableImageError",
    "UnsupportedFormatError",
    "__version__",
    "at_detail",
    "decode",
    "find_model",
    "fit",
    "fit_image",
    "fit_to_spec",
    "load",
    "open_model",
    "read_header",
    "read_image",
    "shipped_models",
]

_OF_SESSION = ("FeatureMaps", "Model", "load", "open_model")


def __getattr__(name: str) -> Any:
    """What opens a model, at its first use: a decoder has no use for onnxruntime, its time and its memory."""
    if name not in _OF_SESSION:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from fovea import session

    return getattr(session, name)
