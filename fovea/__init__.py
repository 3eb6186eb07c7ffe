"""What an exported model needs at run time: numpy, Pillow and onnxruntime; never torch.

>>> from fovea import load
>>> load("models/digits.onnx").predict(image).top(1)
"""

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
from fovea.fitting import at_detail, fit, fit_to_spec
from fovea.images import DecodedImage, ImageInput, decode, read_image
from fovea.prediction import Prediction
from fovea.session import FeatureMaps, Model, load, open_model
from fovea.shipped import find_model, shipped_models
from fovea.spec import Fit, Layer, LayerKind, Metric, ModelSpec, ReceptiveField, Reference
from fovea.version import __version__

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
    "fit_to_spec",
    "load",
    "open_model",
    "read_image",
    "shipped_models",
]
