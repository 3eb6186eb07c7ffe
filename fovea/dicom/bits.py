"""How many bits of a stored pixel count, and whether they have a sign (PS3.5 section 8.1.1)."""

from typing import NamedTuple, Self

from pydicom.dataset import Dataset

from fovea.dicom.tags import tag_name, whole
from fovea.errors import UnsupportedDicomError


class Bits(NamedTuple):
    """BitsAllocated, 8 or 16; BitsStored of them, from the `lowest` on; whether PixelRepresentation is 1."""

    allocated: int
    stored: int
    is_signed: bool
    lowest: int = 0

    @classmethod
    def of(cls, dataset: Dataset) -> Self:
        allocated = whole(dataset, "BitsAllocated", range(1, 65))
        if allocated not in (8, 16):
            raise UnsupportedDicomError(f"{tag_name('BitsAllocated')} is {allocated}. Fovea reads 8 and 16.")
        stored = whole(dataset, "BitsStored", range(1, allocated + 1))
        high = whole(dataset, "HighBit", range(0, allocated), default=stored - 1)
        if high < stored - 1:
            raise UnsupportedDicomError(
                f"{tag_name('HighBit')} is {high} with {stored} bits stored. It must be {stored - 1} (PS3.5 8.1.1)."
            )
        is_signed = whole(dataset, "PixelRepresentation", range(2)) == 1
        return cls(allocated, stored, is_signed, high - stored + 1)

    @property
    def range(self) -> tuple[int, int]:
        """The least and the greatest value that they hold."""
        half = 1 << (self.stored - 1)
        return (-half, half - 1) if self.is_signed else (0, 2 * half - 1)
