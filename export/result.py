"""What the export of a network gives back."""

from dataclasses import dataclass
from typing import Literal

from export.parity import Parity
from fovea import Model

Precision = Literal["auto", "float32", "int8"]


@dataclass(frozen=True)
class ExportResult:
    """The file as loaded, the parity of its float form, and sentences for the model card."""

    model: Model
    parity: Parity
    notes: tuple[str, ...]
