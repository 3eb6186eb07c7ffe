"""The grayscale transformations of PS3.3 C.11: modality LUT or rescale, then VOI LUT or window."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from fovea.dicom.bits import Bits
from fovea.dicom.tags import shown, tag_name
from fovea.errors import UnsupportedDicomError

Values = NDArray[np.float32]
VoiFunction = Literal["LINEAR", "LINEAR_EXACT", "SIGMOID"]


@dataclass(frozen=True)
class Rescale:
    """Stored values become slope times value plus intercept, (0028,1053) and (0028,1052); `slope` is not 0."""

    slope: float
    intercept: float

    def modality_values(self, stored: NDArray[Any]) -> Values:
        """float32 of the same shape. Raises UnsupportedDicomError where float32 does not hold them."""
        values = stored * self.slope + self.intercept
        if not np.isfinite(np.float32(np.abs(values).max())):
            raise UnsupportedDicomError(
                f"{tag_name('RescaleSlope')} is {shown(self.slope)}, which takes values out of range."
            )
        return values.astype(np.float32)

    def has_negative_outputs(self, bits: Bits) -> bool:
        """Whether a value that the bits hold becomes one below 0, in this film or not."""
        return min(end * self.slope + self.intercept for end in bits.range) < 0


@dataclass(frozen=True)
class Window:
    """A window over modality values, (0028,1050) to (0028,1056); `width` above 0."""

    center: float
    width: float
    function: VoiFunction = "LINEAR"
    explanation: str = ""

    def apply(self, values: Values) -> Values:
        """Grey 0..1 of the same shape."""
        if self.function == "SIGMOID":  # PS3.3 C.11.2.1.3.1
            grey = 1 / (1 + np.exp(np.clip(-4 * (values - self.center) / self.width, -60, 60)))
        elif self.function == "LINEAR" and self.width > 1:  # PS3.3 C.11.2.1.2.1
            grey = (values - (self.center - 0.5)) / (self.width - 1) + 0.5
        elif self.function == "LINEAR":
            grey = (values > self.center - 0.5).astype(np.float32)
        else:  # PS3.3 C.11.2.1.3.2
            grey = (values - self.center) / self.width + 0.5
        clipped: Values = np.clip(grey, 0, 1).astype(np.float32)
        return clipped


@dataclass(frozen=True)
class LookUpTable:
    """A table of (0028,3002) and (0028,3006): input `first` takes its first entry, each further input the next.

    Inputs beyond an end take the entry at that end. `bits` is the width of an entry, `table` float32.
    """

    first: int
    bits: int
    table: Values
    explanation: str = ""

    def modality_values(self, stored: NDArray[Any]) -> Values:
        """float32 of the same shape, the entry of each stored value (PS3.3 C.11.1.1)."""
        return self.look_up(stored.astype(np.float32))

    def has_negative_outputs(self, _bits: Bits) -> bool:
        """Entries of a modality LUT have no sign (PS3.3 C.11.1.1.1)."""
        return False

    @property
    def full_range(self) -> float:
        """The greatest entry of `bits`."""
        return float(2**self.bits - 1)

    @property
    def white(self) -> float:
        """The full range, unless the greatest entry lies beyond it or leaves its highest bit unused: then that entry.

        Descriptors say 16 bits of tables that hold 12, and 8 of tables that hold 16: the entries are what they are.
        """
        greatest = float(self.table.max())
        return self.full_range if self.full_range / 2 < greatest <= self.full_range or greatest == 0 else greatest

    def look_up(self, values: Values) -> Values:
        places = np.clip(np.rint(values) - self.first, 0, len(self.table) - 1)
        found: Values = self.table[places.astype(np.int64)]
        return found

    def apply(self, values: Values) -> Values:
        """Grey 0..1 of the same shape."""
        clipped: Values = np.clip(self.look_up(values) / self.white, 0, 1).astype(np.float32)
        return clipped


Modality = Rescale | LookUpTable
Voi = Window | LookUpTable
