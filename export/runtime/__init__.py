"""What an exported model needs at run time: numpy, Pillow and onnxruntime; never torch.

>>> from export.runtime import load
>>> load("models/digits.onnx").predict(image).top(1)
"""

from export.runtime.errors import (
    EmptyDrawingError,
    FoveaError,
    ImageError,
    ImageTooLargeError,
    ModelFileError,
    SettingError,
    UnreadableImageError,
    UnsupportedFormatError,
)
from export.runtime.fitting import fit
from export.runtime.images import ImageInput, decode
from export.runtime.session import Model, Prediction, load
from export.runtime.spec import Fit, Layer, Metric, ModelSpec, Reference

__all__ = [
    "EmptyDrawingError",
    "Fit",
    "FoveaError",
    "ImageError",
    "ImageInput",
    "ImageTooLargeError",
    "Layer",
    "Metric",
    "Model",
    "ModelFileError",
    "ModelSpec",
    "Prediction",
    "Reference",
    "SettingError",
    "UnreadableImageError",
    "UnsupportedFormatError",
    "decode",
    "fit",
    "load",
]
