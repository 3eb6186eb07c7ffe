"""Which grayscale transformations a file asks for: its modality LUT or rescale, and its VOI LUTs and windows."""

from typing import cast, get_args

from pydicom.dataset import Dataset

from fovea.dicom.bits import Bits
from fovea.dicom.grayscale import Modality, Rescale, Voi, VoiFunction, Window
from fovea.dicom.lut_item import is_empty, look_up_table, preset, warning_on_white
from fovea.dicom.secondary import Warnings, needed_numbers, optional_numbers
from fovea.dicom.tags import items, shown, tag_name, text, texts
from fovea.dicom.transfer_syntax import TransferSyntax
from fovea.errors import UnsupportedDicomError
from fovea.listing import all_of

MIN_WIDTH, MAX_BOUND = 1e-6, 1e9  # beyond them float32 has no greys between black and white
UNCHANGED = Rescale(1.0, 0.0)


def modality_of(dataset: Dataset, syntax: TransferSyntax, bits: Bits, warnings: Warnings) -> Modality:
    """The table where there is one, else slope and intercept, 1 and 0 where they are not given (PS3.3 C.11.1)."""
    tables = _filled(dataset, "ModalityLUTSequence", warnings)
    if tables:
        return look_up_table(tables[0], "ModalityLUTSequence", syntax, has_signed_inputs=bits.is_signed)
    slope, intercept = (needed_numbers(dataset, f"Rescale{part}", warnings) for part in ("Slope", "Intercept"))
    # PS3.3 C.11.1: output is slope times stored value plus intercept, so a slope of 0 leaves no picture.
    if slope and slope[0] == 0:
        raise UnsupportedDicomError(f"{tag_name('RescaleSlope')} is 0, which makes every pixel equal.")
    return Rescale(slope[0] if slope else 1.0, intercept[0] if intercept else 0.0)


def voi_choices(
    dataset: Dataset, syntax: TransferSyntax, bits: Bits, modality: Modality, warnings: Warnings
) -> tuple[Voi, ...]:
    """Alternative presentations in the file's order, tables before windows; () where it offers none.

    PS3.3 C.11.2.1: several are alternatives, of which the first is the one to show.
    """
    is_signed = modality.has_negative_outputs(bits)
    tables = [
        look_up_table(item, "VOILUTSequence", syntax, has_signed_inputs=is_signed)
        for item in _filled(dataset, "VOILUTSequence", warnings)
    ]
    warnings += filter(None, map(warning_on_white, tables))
    choices: tuple[Voi, ...] = (*tables, *_windows(dataset, warnings))
    if choices:
        return choices
    # PS3.4 N.2.1.3: without a VOI transformation values go on unchanged; eight bits are then grey levels already.
    is_grey = modality == UNCHANGED and bits.range == (0, 255)
    return (Window(127.5, 255, "LINEAR_EXACT"),) if is_grey else ()


def _filled(dataset: Dataset, keyword: str, warnings: Warnings) -> list[Dataset]:
    """The items of a sequence of tables that have one."""
    found = items(dataset, keyword)
    filled = [item for item in found if not is_empty(item)]
    if len(filled) < len(found):
        warnings.append(f"{tag_name(keyword)} has an empty item, which was ignored.")
    return filled


def _windows(dataset: Dataset, warnings: Warnings) -> list[Window]:
    """Those that PS3.3 C.11.2.1.2 and C.11.2.1.3 allow."""
    centers, widths = (optional_numbers(dataset, f"Window{part}", warnings) for part in ("Center", "Width"))
    if len(centers) != len(widths):
        warnings.append(
            f"{tag_name('WindowCenter')} has {len(centers)} values and {tag_name('WindowWidth')} {len(widths)}. "
            "They must come in pairs, so they were ignored."
        )
        return []
    function = text(dataset, "VOILUTFunction") or "LINEAR"
    if function not in get_args(VoiFunction):
        raise UnsupportedDicomError(
            f"{tag_name('VOILUTFunction')} is unknown. Fovea reads {all_of(get_args(VoiFunction))} (PS3.3 C.11.2.1.3)."
        )
    names = [preset(name) for name in texts(dataset, "WindowCenterWidthExplanation")]
    names += [""] * (len(centers) - len(names))
    windows = []
    for center, width, name in zip(centers, widths, names, strict=False):
        if fault := _fault(center, width, function):
            warnings.append(f"{tag_name('WindowWidth')} is {shown(width)}. {fault} The window was ignored.")
        else:
            windows.append(Window(center, width, cast(VoiFunction, function), name))
    return windows


def _fault(center: float, width: float, function: str) -> str:
    """What is wrong with a window, "" where nothing is."""
    if function == "LINEAR" and width < 1:
        return "LINEAR needs at least 1."
    if width <= 0:
        return f"{function} needs more than 0."
    if not MIN_WIDTH <= width <= MAX_BOUND or abs(center) > MAX_BOUND:
        return f"Fovea reads widths from {MIN_WIDTH:g} and numbers up to {MAX_BOUND:g}."
    return ""
