"""What the export of a network gives back."""

from dataclasses import dataclass
from typing import Literal

import onnx

from export.parity import Parity

Precision = Literal["auto", "float32", "float16", "int8"]
"""auto takes int8 where that is as good and faster, else float32 with its weights stored as float16"""


@dataclass(frozen=True)
class ExportResult:
    """The model, the parity of its float form with torch where there was one, and sentences for the model card."""

    proto: onnx.ModelProto
    parity: Parity | None
    notes: tuple[str, ...]
