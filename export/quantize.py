"""int8: static QDQ quantisation with real calibration images, per channel; normalisation and head stay float."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from export.metadata import spec_of, with_spec

QUANTIZED_OPS = ["Conv", "Concat", "MaxPool", "AveragePool", "Relu"]
AT_A_TIME = 20  # images whose activations are in memory together

Calibration = Literal["minmax", "percentile", "entropy"]
# How the range of an activation follows from the calibration images, and onnxruntime's options for it.
CALIBRATIONS: dict[Calibration, tuple[CalibrationMethod, dict[str, Any]]] = {
    "minmax": (CalibrationMethod.MinMax, {}),
    "percentile": (CalibrationMethod.Percentile, {"CalibPercentile": 99.99}),
    "entropy": (CalibrationMethod.Entropy, {}),
}


class _Pixels:
    """A CalibrationDataReader: onnxruntime asks for the method, not for the class."""

    def __init__(self, pixels: NDArray[Any]) -> None:
        self._pixels = pixels
        self.set_range(0, len(pixels))

    def __len__(self) -> int:
        return len(self._pixels)

    def set_range(self, start_index: int, end_index: int) -> None:
        self._feeds = iter([{"pixels": one[None]} for one in self._pixels[start_index:end_index]])

    def get_next(self) -> dict[str, NDArray[Any]] | None:
        return next(self._feeds, None)


def quantized(proto: onnx.ModelProto, pixels: NDArray[Any], calibration: Calibration) -> onnx.ModelProto:
    """The int8 form; `pixels` uint8 (N, H, W, C) are training images.

    Activations are unsigned and weights signed, the pair that VNNI multiplies (onnxruntime issue 6732). Weights have 7
    bits: see `export.saturation`.
    """
    at_a_time = min(AT_A_TIME, len(pixels))
    method, options = CALIBRATIONS[calibration]
    with TemporaryDirectory() as folder:  # onnxruntime's tools write files
        source, prepared, target = (Path(folder) / f"{name}.onnx" for name in ("float32", "prepared", "int8"))
        onnx.save(proto, source)
        quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
        quantize_static(
            str(prepared),
            str(target),
            _Pixels(pixels[: len(pixels) // at_a_time * at_a_time]),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=QUANTIZED_OPS,
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=method,
            extra_options=options | {"CalibStridedMinMax": at_a_time},  # for every method, whatever its name says
        )
        result = onnx.load(target)
    return with_spec(result, spec_of(proto))
