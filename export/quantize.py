"""int8: static QDQ quantisation with real calibration images, per channel; normalisation and head stay float."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from export.metadata import spec_of, with_spec

QUANTIZED_OPS = ["Conv", "Concat", "MaxPool", "AveragePool", "Relu"]


class _Pixels:
    """A CalibrationDataReader: onnxruntime asks for the method, not for the class."""

    def __init__(self, pixels: NDArray[Any]) -> None:
        self._feeds: Iterator[dict[str, NDArray[Any]]] = iter([{"pixels": one[None]} for one in pixels])

    def get_next(self) -> dict[str, NDArray[Any]] | None:
        return next(self._feeds, None)


def quantized(proto: onnx.ModelProto, calibration: NDArray[Any]) -> onnx.ModelProto:
    """The int8 form; `calibration` is pixels uint8 (N, H, W, C) of training images.

    Activations are unsigned and weights signed, the pair that VNNI multiplies (onnxruntime issue 6732). Weights have 7
    bits: see `export.saturation`.
    """
    with TemporaryDirectory() as folder:  # onnxruntime's tools write files
        source, prepared, target = (Path(folder) / f"{name}.onnx" for name in ("float32", "prepared", "int8"))
        onnx.save(proto, source)
        quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
        quantize_static(
            str(prepared),
            str(target),
            _Pixels(calibration),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=QUANTIZED_OPS,
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
        )
        result = onnx.load(target)
    return with_spec(result, spec_of(proto))
