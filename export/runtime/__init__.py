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
from export.runtime.fitting import at_detail, fit, fit_to_spec
from export.runtime.images import ImageInput, decode
from export.runtime.session import FeatureMaps, Model, Prediction, load
from export.runtime.spec import Fit, Layer, LayerKind, Metric, ModelSpec, ReceptiveField, Reference

__all__ = [
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
    "ReceptiveField",
    "Reference",
    "SettingError",
    "UnreadableImageError",
    "UnsupportedFormatError",
    "at_detail",
    "decode",
    "fit",
    "fit_to_spec",
    "load",
]
