"""An item of a LUT sequence, modality or VOI (PS3.3 C.11.1.1 and C.11.2.1.1), as a table."""

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from fovea.dicom.damage import PARSER_ERRORS
from fovea.dicom.grayscale import LookUpTable
from fovea.dicom.tags import damaged, numbers, tag_name, text
from fovea.dicom.transfer_syntax import TransferSyntax
from fovea.errors import UnreadableImageError, UnsupportedDicomError

# Explanations are free text, and only the words of common presets are passed on.
PRESETS = ("NORMAL", "HARDER", "SOFTER", "STANDARD", "WINDOW1", "WINDOW2", "LUNG", "BONE", "MEDIASTINUM", "USER")


def preset(explanation: str) -> str:
    """The explanation of a window or table; "" for any but a common word."""
    return explanation if explanation in PRESETS else ""


def is_empty(item: Dataset) -> bool:
    """Whether an item has neither a table nor a description of one, as writers leave it that have none to give."""
    return not (_has_value(item, "LUTData") or any(numbers(item, "LUTDescriptor")))


def look_up_table(item: Dataset, keyword: str, syntax: TransferSyntax, *, has_signed_inputs: bool) -> LookUpTable:
    """The table of an item of the sequence `keyword`, by its descriptor and data."""
    # PS3.3 C.11.1.1 and C.11.2.1.1: number of entries (0 means 65,536), first input mapped, bits of an entry.
    descriptor = numbers(item, "LUTDescriptor")
    if len(descriptor) != 3 or descriptor[2] not in (8, *range(10, 17)):
        raise UnsupportedDicomError(
            f"{tag_name('LUTDescriptor')} in {tag_name(keyword)} is invalid. "
            "It must be three numbers, the last 8 or 10 to 16."
        )
    # The three share one VR, US or SS: the first is US even where it was read as SS, the second has its inputs' sign.
    count, first, bits = int(descriptor[0]) % 65_536 or 65_536, int(descriptor[1]) % 65_536, int(descriptor[2])
    if has_signed_inputs and first >= 32_768:
        first -= 65_536
    try:
        data = item.LUTData
        order = "<" if syntax.is_little_endian else ">"
        entries = _entries(data, count, bits, order) if isinstance(data, bytes) else np.atleast_1d(np.asarray(data))
        table = entries.astype(np.int64) & 0xFFFF
    except PARSER_ERRORS:
        raise damaged("LUTData") from None
    if len(table) < count:
        raise UnreadableImageError(
            f"The DICOM file is damaged: {tag_name('LUTData')} has {len(table):,} entries of the {count:,} announced."
        )
    if table[count:].any():  # zeros are padding
        raise UnreadableImageError(
            f"The DICOM file contradicts itself: {tag_name('LUTData')} has {len(table):,} entries, but "
            f"{tag_name('LUTDescriptor')} announces {count:,}. Export it again."
        )
    return LookUpTable(first, bits, table[:count].astype(np.float32), preset(text(item, "LUTExplanation")))


def warning_on_white(table: LookUpTable) -> str:
    """A sentence where the entries of a VOI LUT have other bits than its descriptor says, else ""."""
    if table.white == table.full_range:
        return ""
    return (
        f"{tag_name('LUTDescriptor')} in {tag_name('VOILUTSequence')} says {table.bits} bits, but the greatest entry "
        f"is {table.white:,.0f}. That entry was taken as white."
    )


def _has_value(item: Dataset, keyword: str) -> bool:
    try:
        value = item.get(keyword)
    except PARSER_ERRORS:
        return True
    return value is not None and (not hasattr(value, "__len__") or len(value) > 0)


def _entries(data: bytes, count: int, bits: int, order: str) -> NDArray[np.int64]:
    """Entries of VR OW; 8-bit ones are packed two to a word where that is what the length says (PS3.3 C.11.1.1.1)."""
    is_packed = bits == 8 and len(data) in (count, count + 1)
    even = data + bytes(len(data) % 2) if is_packed else data[: len(data) // 2 * 2]
    words = np.frombuffer(even, dtype=f"{order}u2")
    # The first of the two is the word's low byte in either byte order, as with 8-bit pixels in OW (PS3.5 8.1.1).
    entries = words.astype("<u2").view(np.uint8)[:count] if is_packed else words
    return entries.astype(np.int64)
