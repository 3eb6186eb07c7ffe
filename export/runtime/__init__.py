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
from export.runtime.images import ImageInput
from export.runtime.session import Model, Prediction, load
from export.runtime.spec import Layer, Metric, ModelSpec

__all__ = [
    "EmptyDrawingError",
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
    "SettingError",
    "UnreadableImageError",
    "UnsupportedFormatError",
    "load",
]
