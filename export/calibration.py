"""The ranges of a network's activations, found by running training images through it."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationMethod, create_calibrator

AT_A_TIME = 20  # images whose activations are in memory together

Calibration = Literal["minmax", "percentile", "entropy"]
# How a range follows from the images, and onnxruntime's options for it.
CALIBRATIONS: dict[Calibration, tuple[CalibrationMethod, dict[str, Any]]] = {
    "minmax": (CalibrationMethod.MinMax, {}),
    "percentile": (CalibrationMethod.Percentile, {"percentile": 99.99}),
    "entropy": (CalibrationMethod.Entropy, {}),
}


def calibrated(
    prepared: onnx.ModelProto, kinds: list[str], pixels: NDArray[Any], calibration: Calibration
) -> dict[str, tuple[float, float]]:
    """Lowest and highest value of each tensor that a node of `kinds` reads or writes; `pixels` uint8 (N, H, W, C)."""
    method, options = CALIBRATIONS[calibration]
    with TemporaryDirectory() as folder:  # onnxruntime's tools read and write files
        source, augmented = Path(folder) / "prepared.onnx", Path(folder) / "augmented.onnx"
        onnx.save(prepared, source)
        calibrator = create_calibrator(
            source, kinds, augmented_model_path=str(augmented), calibrate_method=method, extra_options=options
        )
        for start in range(0, len(pixels), AT_A_TIME):
            calibrator.collect_data(_Pixels(pixels[start : start + AT_A_TIME]))
        ranges = calibrator.compute_data()
    return {name: (found.range_value[0].item(), found.range_value[1].item()) for name, found in ranges.items()}


class _Pixels:
    """A CalibrationDataReader: onnxruntime asks for the method, not for the class."""

    def __init__(self, pixels: NDArray[Any]) -> None:
        self._feeds = iter([{"pixels": one[None]} for one in pixels])

    def get_next(self) -> dict[str, NDArray[Any]] | None:
        return next(self._feeds, None)
