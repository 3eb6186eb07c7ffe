"""What the samples of a TIFF picture are (TIFF 6.0 sections 3 to 6, 16, 18 and 19); what is not read is named."""

from typing import NamedTuple

from fovea.errors import UnsupportedFormatError
from fovea.tiff_strips import PHOTOMETRIC, PLANAR, SAMPLES, SEPARATE_PLANES, YCBCR, Directory

BITS, EXTRA_SAMPLES, SAMPLE_FORMAT, PROFILE = 258, 338, 339, 34_675
WHITE_IS_ZERO, BLACK_IS_ZERO = 0, 1
COLOURS = {0: "grey", 1: "grey", 2: "RGB", 3: "palette", 5: "CMYK", YCBCR: "YCbCr"}
OTHER_COLOURS = {4: "a mask", 8: "CIELab colours", 9: "ICCLab colours", 10: "ITULab colours"}
OTHER_COLOURS |= {32_803: "a camera's raw samples", 34_892: "a camera's raw samples", 32_844: "LogL", 32_845: "LogLuv"}
UNSIGNED = 1
FORMATS = {2: "signed samples", 3: "floating-point samples", 5: "complex samples", 6: "complex samples"}
MOST_BITS = 16


class TiffSamples(NamedTuple):
    """`bits` are the most of a sample, `form` names all in prose, and `profile` is the file's ICC profile or empty.

    `is_inverted` is for samples of more than 8 bits whose 0 is white.
    """

    bits: int
    is_inverted: bool
    form: str
    profile: bytes


def samples_of(directory: Directory) -> TiffSamples:
    """Raises UnsupportedFormatError for samples that are not read, by what they are."""
    photometric = directory.number(PHOTOMETRIC, WHITE_IS_ZERO)
    samples = directory.number(SAMPLES, 1)
    all_bits = directory.numbers(BITS).tolist() or [1]
    bits = max(all_bits)
    if bits > MOST_BITS:
        raise UnsupportedFormatError(f"The image has {bits} bits a sample. Fovea reads 8 and 16.")
    for kind in directory.numbers(SAMPLE_FORMAT).tolist():
        if kind != UNSIGNED:
            raise _unsupported(
                FORMATS.get(kind, "samples of an undefined form"), "with unsigned integers of 8 or 16 bits"
            )
    if photometric not in COLOURS:
        raise _unsupported(OTHER_COLOURS.get(photometric, f"colours of the kind {photometric}"), "as RGB")
    is_apart = samples > 1 and directory.number(PLANAR, 1) == SEPARATE_PLANES
    if is_apart and (bits > 8 or photometric == YCBCR):
        raise _unsupported(f"{COLOURS[photometric]} planes of {bits} bits", "with its colours together")
    if bits > 8 and photometric == WHITE_IS_ZERO and PHOTOMETRIC not in directory.entries:
        raise _unsupported("grey samples without saying which is white", "again")
    numbers = ", ".join(str(each) for each in (all_bits * samples if len(all_bits) == 1 else all_bits)[:8])
    form = f"{COLOURS[photometric]} samples of {numbers} bits"
    return TiffSamples(bits, bits > 8 and photometric == WHITE_IS_ZERO, form, directory.content(PROFILE))


def _unsupported(what: str, how: str) -> UnsupportedFormatError:
    return UnsupportedFormatError(f"The TIFF file holds {what}. Save it {how}.")
