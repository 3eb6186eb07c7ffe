"""int8: static QDQ quantisation with real calibration images, per channel; normalisation and head stay float."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import QDQQuantizer, QuantType, TensorData, TensorsData, quant_pre_process

from export.calibration import CALIBRATIONS, Calibration, calibrated
from export.exact_steps import Ranges, exact_ranges, weight_steps
from export.metadata import spec_of, with_spec
from export.model_file import copied
from export.stages import stage_names, stages

QUANTIZED_OPS = ["Conv", "Concat", "MaxPool", "AveragePool", "Relu"]


class Quantizer:
    """Makes int8 forms of one network; `pixels` uint8 (N, H, W, C) are training images.

    Activations are unsigned and weights signed, the pair that VNNI multiplies (onnxruntime issue 6732). Weights have 7
    bits: see `export.saturation`. Why steps are chosen as they are stands in `export.exact_steps`.
    """

    def __init__(self, proto: onnx.ModelProto, pixels: NDArray[Any]) -> None:
        self._spec = spec_of(proto)
        self._prepared = _prepared(proto)
        self._pixels = pixels
        self._ranges: dict[Calibration, Ranges] = {}
        self.stages = stages(self._prepared.graph, QUANTIZED_OPS)
        self.stage_names = stage_names(self._prepared.graph, self.stages)

    def ranges(self, calibration: Calibration) -> Ranges:
        """Those of the activations, computed once."""
        if calibration not in self._ranges:
            found = calibrated(self._prepared, QUANTIZED_OPS, self._pixels, calibration)
            self._ranges[calibration] = exact_ranges(self._prepared.graph, found)
        return self._ranges[calibration]

    def int8(self, calibration: Calibration, float_stages: int = 0) -> onnx.ModelProto:
        """The int8 form whose last `float_stages` of `stages` stay float.

        Only the last can: float sums in front of rounded ones would not be the same everywhere.
        """
        ranges = self.ranges(calibration)
        steps = weight_steps(self._prepared.graph, ranges)
        quantizer = QDQQuantizer(
            copied(self._prepared),
            per_channel=True,
            reduce_range=True,
            weight_qType=QuantType.QInt8,
            activation_qType=QuantType.QUInt8,
            tensors_range=_as_onnxruntime_takes_them(ranges, calibration),
            nodes_to_quantize=[],
            nodes_to_exclude=[name for stage in self.last_stages(float_stages) for name in stage],
            op_types_to_quantize=QUANTIZED_OPS,
            extra_options={
                "TensorQuantOverrides": {
                    name: [{"axis": 0, "scale": step, "zero_point": 0} for step in of_filters]
                    for name, of_filters in steps.items()
                },
                "QDQDisableWeightAdjustForInt32Bias": True,  # `weight_steps` has seen to it
            },
        )
        quantizer.quantize_model()
        quantizer.model.topological_sort()
        return with_spec(quantizer.model.model, self._spec)

    def last_stages(self, count: int) -> tuple[tuple[str, ...], ...]:
        return self.stages[len(self.stages) - count :]


def _prepared(proto: onnx.ModelProto) -> onnx.ModelProto:
    """With constants folded and shapes known, as the quantiser wants it."""
    with TemporaryDirectory() as folder:  # onnxruntime's tools read and write files
        source, target = Path(folder) / "float32.onnx", Path(folder) / "prepared.onnx"
        onnx.save(proto, source)
        quant_pre_process(str(source), str(target), skip_symbolic_shape=True)
        return onnx.load(target)


def _as_onnxruntime_takes_them(ranges: Ranges, calibration: Calibration) -> TensorsData:
    ends = {name: TensorData(lowest=np.float32(low), highest=np.float32(high)) for name, (low, high) in ranges.items()}
    return TensorsData(CALIBRATIONS[calibration][0], ends)
