"""Which grayscale transformations a file asks for: its modality LUT or rescale, and its VOI LUTs and windows."""

from typing import cast, get_args

from pydicom.dataset import Dataset

from fovea.dicom.bits import Bits
from fovea.dicom.grayscale import Modality, Rescale, Voi, VoiFunction, Window
from fovea.dicom.lut_item import look_up_table, preset
from fovea.dicom.tags import items, numbers, shown, tag_name, text, texts
from fovea.dicom.transfer_syntax import TransferSyntax
from fovea.errors import UnsupportedDicomError
from fovea.listing import all_of

MIN_WIDTH, MAX_BOUND = 1e-6, 1e9  # beyond them float32 has no greys between black and white
UNCHANGED = Rescale(1.0, 0.0)


def modality_of(dataset: Dataset, syntax: TransferSyntax, bits: Bits) -> Modality:
    """The table where there is one, else slope and intercept, 1 and 0 where they are not given (PS3.3 C.11.1)."""
    tables = items(dataset, "ModalityLUTSequence")
    if tables:
        return look_up_table(tables[0], "ModalityLUTSequence", syntax, has_signed_inputs=bits.is_signed)
    slope, intercept = numbers(dataset, "RescaleSlope"), numbers(dataset, "RescaleIntercept")
    # PS3.3 C.11.1: output is slope times stored value plus intercept, so a slope of 0 leaves no picture.
    if slope and slope[0] == 0:
        raise UnsupportedDicomError(f"{tag_name('RescaleSlope')} is 0, which makes every pixel equal.")
    return Rescale(slope[0] if slope else 1.0, intercept[0] if intercept else 0.0)


def voi_choices(dataset: Dataset, syntax: TransferSyntax, bits: Bits, modality: Modality) -> tuple[Voi, ...]:
    """Alternative presentations in the file's order, tables before windows; () where it offers none.

    PS3.3 C.11.2.1: several are alternatives, of which the first is the one to show.
    """
    is_signed = modality.has_negative_outputs(bits)
    tables = [
        look_up_table(item, "VOILUTSequence", syntax, has_signed_inputs=is_signed)
        for item in items(dataset, "VOILUTSequence")
    ]
    choices: tuple[Voi, ...] = (*tables, *_windows(dataset))
    if choices:
        return choices
    # PS3.4 N.2.1.3: without a VOI transformation values go on unchanged; eight bits are then grey levels already.
    is_grey = modality == UNCHANGED and bits.range == (0, 255)
    return (Window(127.5, 255, "LINEAR_EXACT"),) if is_grey else ()


def _windows(dataset: Dataset) -> list[Window]:
    centers, widths = numbers(dataset, "WindowCenter"), numbers(dataset, "WindowWidth")
    if len(centers) != len(widths):
        raise UnsupportedDicomError(
            f"{tag_name('WindowCenter')} has {len(centers)} values and {tag_name('WindowWidth')} {len(widths)}. "
            "They must come in pairs."
        )
    function = text(dataset, "VOILUTFunction") or "LINEAR"
    if function not in get_args(VoiFunction):
        raise UnsupportedDicomError(
            f"{tag_name('VOILUTFunction')} is unknown. Fovea reads {all_of(get_args(VoiFunction))} (PS3.3 C.11.2.1.3)."
        )
    least = 1 if function == "LINEAR" else 0
    if any(width < least or width == 0 for width in widths):
        bound = "at least 1" if least else "above 0"
        raise UnsupportedDicomError(f"{tag_name('WindowWidth')} is {shown(min(widths))}. {function} needs {bound}.")
    if any(
        not MIN_WIDTH <= width <= MAX_BOUND or abs(center) > MAX_BOUND
        for center, width in zip(centers, widths, strict=True)
    ):
        raise UnsupportedDicomError(
            f"{tag_name('WindowCenter')} and {tag_name('WindowWidth')} are out of range. Fovea reads widths from "
            f"{MIN_WIDTH:g} and numbers up to {MAX_BOUND:g}."
        )
    names = [preset(name) for name in texts(dataset, "WindowCenterWidthExplanation")]
    names += [""] * (len(centers) - len(names))
    return [
        Window(center, width, cast(VoiFunction, function), name)
        for center, width, name in zip(centers, widths, names, strict=False)
    ]
