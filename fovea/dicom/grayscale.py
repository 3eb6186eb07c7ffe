"""The grayscale transformations of PS3.3 C.11: modality LUT or rescale, then VOI LUT or window."""

from dataclasses import dataclass
from typing import Literal, cast, get_args

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from fovea.dicom.bits import Bits
from fovea.dicom.damage import PARSER_ERRORS
from fovea.dicom.part10 import TransferSyntax
from fovea.dicom.tags import damaged, items, numbers, shown, tag_name, text, texts
from fovea.errors import UnreadableImageError, UnsupportedDicomError

Values = NDArray[np.float32]
VoiFunction = Literal["LINEAR", "LINEAR_EXACT", "SIGMOID"]


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

    def look_up(self, values: Values) -> Values:
        places = np.clip(np.rint(values) - self.first, 0, len(self.table) - 1)
        found: Values = self.table[places.astype(np.int64)]
        return found

    def apply(self, values: Values) -> Values:
        """Grey 0..1 of the same shape."""
        clipped: Values = np.clip(self.look_up(values) / (2**self.bits - 1), 0, 1).astype(np.float32)
        return clipped


Voi = Window | LookUpTable
MIN_WIDTH, MAX_BOUND = 1e-6, 1e9  # beyond them float32 has no greys between black and white


def modality_values(stored: NDArray[np.int32], dataset: Dataset, syntax: TransferSyntax) -> Values:
    """float32 of the same shape: the table where there is one, else slope and intercept (PS3.3 C.11.1)."""
    tables = items(dataset, "ModalityLUTSequence")
    if tables:
        table = _table(tables[0], "ModalityLUTSequence", syntax, has_signed_inputs=Bits.of(dataset).is_signed)
        return table.look_up(stored.astype(np.float32))
    scale, shift = _rescale(dataset)
    # PS3.3 C.11.1: output is slope times stored value plus intercept, so a slope of 0 leaves no picture.
    if scale == 0:
        raise UnsupportedDicomError(f"{tag_name('RescaleSlope')} is 0, which makes every pixel equal.")
    values = stored * scale + shift
    if not np.isfinite(np.float32(np.abs(values).max())):
        raise UnsupportedDicomError(f"{tag_name('RescaleSlope')} is {shown(scale)}, which takes values out of range.")
    return values.astype(np.float32)


def _rescale(dataset: Dataset) -> tuple[float, float]:
    """Slope and intercept; 1 and 0 where they are not given."""
    slope, intercept = numbers(dataset, "RescaleSlope"), numbers(dataset, "RescaleIntercept")
    return slope[0] if slope else 1.0, intercept[0] if intercept else 0.0


def _has_negative_outputs(dataset: Dataset) -> bool:
    """Whether modality values can lie below 0, in this film or not. Entries of a modality LUT cannot (C.11.1.1.1)."""
    if items(dataset, "ModalityLUTSequence"):
        return False
    scale, shift = _rescale(dataset)
    return min(scale * end + shift for end in Bits.of(dataset).range) < 0


def voi_choices(dataset: Dataset, syntax: TransferSyntax) -> tuple[Voi, ...]:
    """Alternative presentations in the file's order, tables before windows; () where it offers none.

    PS3.3 C.11.2.1: several are alternatives, of which the first is the one to show.
    """
    is_signed = _has_negative_outputs(dataset)
    tables = [
        _table(item, "VOILUTSequence", syntax, has_signed_inputs=is_signed) for item in items(dataset, "VOILUTSequence")
    ]
    choices: tuple[Voi, ...] = (*tables, *_windows(dataset))
    return choices or _eight_bits_as_they_are(dataset)


def _eight_bits_as_they_are(dataset: Dataset) -> tuple[Voi, ...]:
    """PS3.4 N.2.1.3: without a VOI transformation values go on unchanged; eight bits are then grey levels already."""
    is_plain = not items(dataset, "ModalityLUTSequence") and _rescale(dataset) == (1, 0)
    return (Window(127.5, 255, "LINEAR_EXACT"),) if is_plain and Bits.of(dataset).range == (0, 255) else ()


def _windows(dataset: Dataset) -> list[Window]:
    centers, widths = numbers(dataset, "WindowCenter"), numbers(dataset, "WindowWidth")
    if len(centers) != len(widths):
        raise UnsupportedDicomError(
            f"{tag_name('WindowCenter')} has {len(centers)} values and {tag_name('WindowWidth')} {len(widths)}; "
            "they come in pairs."
        )
    function = text(dataset, "VOILUTFunction") or "LINEAR"
    if function not in get_args(VoiFunction):
        raise UnsupportedDicomError(
            f"{tag_name('VOILUTFunction')} is none of {', '.join(get_args(VoiFunction))} (PS3.3 C.11.2.1.3)."
        )
    least = 1 if function == "LINEAR" else 0
    if any(width < least or width == 0 for width in widths):
        bound = "at least 1" if least else "above 0"
        raise UnsupportedDicomError(f"{tag_name('WindowWidth')} is {shown(min(widths))}; {function} needs {bound}.")
    if any(
        not MIN_WIDTH <= width <= MAX_BOUND or abs(center) > MAX_BOUND
        for center, width in zip(centers, widths, strict=True)
    ):
        raise UnsupportedDicomError(
            f"{tag_name('WindowCenter')} and {tag_name('WindowWidth')} are out of range; a width from {MIN_WIDTH:g} "
            f"and numbers up to {MAX_BOUND:g} are read."
        )
    names = [_preset(name) for name in texts(dataset, "WindowCenterWidthExplanation")]
    names += [""] * (len(centers) - len(names))
    return [
        Window(center, width, cast(VoiFunction, function), name)
        for center, width, name in zip(centers, widths, names, strict=False)
    ]


# Explanations are free text, and only the words of common presets are passed on.
PRESETS = ("NORMAL", "HARDER", "SOFTER", "STANDARD", "WINDOW1", "WINDOW2", "LUNG", "BONE", "MEDIASTINUM", "USER")


def _preset(explanation: str) -> str:
    return explanation if explanation in PRESETS else ""


def _table(item: Dataset, keyword: str, syntax: TransferSyntax, *, has_signed_inputs: bool) -> LookUpTable:
    """PS3.3 C.11.1.1 and C.11.2.1.1: number of entries (0 means 65,536), first input mapped, bits of an entry."""
    descriptor = numbers(item, "LUTDescriptor")
    if len(descriptor) != 3 or descriptor[2] not in (8, *range(10, 17)):
        raise UnsupportedDicomError(
            f"{tag_name('LUTDescriptor')} in {tag_name(keyword)} is not three numbers with 8 or 10 to 16 bits an entry."
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
    return LookUpTable(first, bits, table[:count].astype(np.float32), _preset(text(item, "LUTExplanation")))


def _entries(data: bytes, count: int, bits: int, order: str) -> NDArray[np.int64]:
    """Entries of VR OW; 8-bit ones are packed two to a word where that is what the length says (PS3.3 C.11.1.1.1)."""
    is_packed = bits == 8 and len(data) in (count, count + 1)
    even = data + bytes(len(data) % 2) if is_packed else data[: len(data) // 2 * 2]
    words = np.frombuffer(even, dtype=f"{order}u2")
    # The first of the two is the word's low byte in either byte order, as with 8-bit pixels in OW (PS3.5 8.1.1).
    entries = words.astype("<u2").view(np.uint8) if is_packed else words
    return entries[:count].astype(np.int64)
