"""Pixels where the detector saw nothing (PS3.3 C.7.5.1.1.2)."""

from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from fovea.dicom.bits import Bits
from fovea.dicom.secondary import Warnings, optional_numbers


class Padding(NamedTuple):
    """The least and the greatest stored value of PixelPaddingValue up to PixelPaddingRangeLimit."""

    low: int
    high: int

    @classmethod
    def of(cls, dataset: Dataset, bits: Bits, warnings: Warnings) -> Self | None:
        """None where the file names no padding."""
        value, limit = (_stored(dataset, f"PixelPadding{end}", bits, warnings) for end in ("Value", "RangeLimit"))
        if value is None:
            return None
        return cls(*sorted((value, value if limit is None else limit)))

    def covers(self, stored: NDArray[Any]) -> NDArray[np.bool_]:
        """Which of the stored values are padding."""
        is_padding: NDArray[np.bool_] = (stored >= self.low) & (stored <= self.high)
        return is_padding


def _stored(dataset: Dataset, keyword: str, bits: Bits, warnings: Warnings) -> int | None:
    values = optional_numbers(dataset, keyword, warnings)
    if not values:
        return None
    # VR US or SS by PixelRepresentation; some writers use US for a negative number (PS3.3 C.7.5.1.1.2).
    value = int(values[0])
    return value - 65_536 if bits.is_signed and value >= 32_768 else value
