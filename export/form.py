"""The form of a network that ships: int8, else float32 with its weights stored as float16, else float32."""

import numpy as np
import onnx
from numpy.typing import NDArray

from export.half_weights import PRECISION as HALF
from export.half_weights import try_half
from export.int8_trial import Bench, try_int8
from export.judge import Judge
from export.result import Precision

CALIBRATION_IMAGES = 200


def chosen_form(
    float_form: onnx.ModelProto,
    train: NDArray[np.uint8],
    val: NDArray[np.uint8],
    labels: NDArray[np.int64],
    judge: Judge,
    precision: Precision,
) -> tuple[onnx.ModelProto, str, list[str]]:
    """The form, its precision as the spec names it, and a sentence on each form that was tried.

    `train` and `val` uint8 (N, H, W, C); `labels` are those of `val`.
    """
    notes = []
    if precision in ("auto", "int8"):
        some = train[:: max(1, len(train) // CALIBRATION_IMAGES)]
        int8, sentence = try_int8(Bench(float_form, some, val, labels, judge), is_wanted=precision == "int8")
        notes.append(sentence)
        if int8 is not None:
            return int8.proto, int8.precision, notes
    if precision in ("auto", "float16"):
        half, sentence = try_half(float_form, val, labels, judge, is_wanted=precision == "float16")
        notes.append(sentence)
        if half is not None:
            return half, HALF, notes
    return float_form, "float32", notes
