"""What writers leave around and in a compressed image: passed over where one reading is right, else refused."""

import struct

import jpeg_ls
import numpy as np
import pydicom
import pytest
from films import as_it_is, encapsulated, film, jpeg, lossless_jpeg, meta
from openjpeg.utils import decode as decode_jpeg_2000
from openjpeg.utils import encode_array
from pydicom.data import get_testdata_file
from pydicom.encaps import generate_frames
from pydicom.uid import (
    JPEG2000,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from fovea.dicom import read_dicom
from fovea.errors import UnreadableImageError, UnsupportedCompressionError, UnsupportedDicomError

ROWS, COLUMNS = np.mgrid[0:40, 0:64]
TWELVE = 1000 + 30 * ROWS + 20 * COLUMNS
EIGHT = (TWELVE // 16).astype(np.uint8)
BASELINE = jpeg(EIGHT, quality=95)
J2K = bytes(encode_array(TWELVE.astype(np.uint16), bits_stored=12, photometric_interpretation=2))
LOSSLESS = lossless_jpeg(TWELVE, 12)
LS = bytes(jpeg_ls.encode_array(TWELVE.astype(np.uint16)))
EOC = b"\xff\xd9"


def segment(marker, parameters=b""):
    return struct.pack(">BBH", 0xFF, marker, len(parameters) + 2) + parameters


COMMENT = segment(0xFE, b"a comment")
J2K_COMMENT = segment(0x64, b"\0\1PADDING")


def before_the_end(frame, *segments):
    return frame.removesuffix(EOC) + b"".join(segments) + EOC


def scan(frame, *parameters):
    """The frame with these parameters of its scan header, None for those that stay (ISO 10918-1 B.2.3)."""
    place = frame.index(b"\xff\xda") + 4
    old = frame[place : place + 6]
    new = bytes(value if value is not None else old[index] for index, value in enumerate(parameters))
    return frame[:place] + new + frame[place + 6 :]


def box(kind, content, *, is_long=False):
    if is_long:
        return struct.pack(">I4sQ", 1, kind, len(content) + 16) + content
    return struct.pack(">I4s", len(content) + 8, kind) + content


SIGNATURE = box(b"jP  ", b"\r\n\x87\n") + box(b"ftyp", b"jp2 \0\0\0\0jp2 ")
HEADER = box(b"jp2h", box(b"ihdr", struct.pack(">IIHBBBB", 40, 64, 1, 11, 7, 0, 0)) + box(b"colr", b"\1\0\0\0\0\0\x11"))


def values_of(frame, syntax, bits=12):
    return read_dicom(encapsulated(film(TWELVE if bits == 12 else EIGHT, bits), frame, syntax)).values


def extended():
    source = pydicom.dcmread(get_testdata_file("JPGExtended.dcm", download=False))
    return next(generate_frames(source.PixelData, number_of_frames=1)), source.pixel_array


PADDED = {
    "spaces": (BASELINE + b" ", BASELINE, JPEGBaseline8Bit, 8),
    "any one byte": (BASELINE + b"\x7f", BASELINE, JPEGBaseline8Bit, 8),
    "zeros and FF": (BASELINE + b"\0\xff\0 ", BASELINE, JPEGBaseline8Bit, 8),
    "a comment before the end": (before_the_end(BASELINE, COMMENT), BASELINE, JPEGBaseline8Bit, 8),
    "a comment before the end, lossless": (before_the_end(LOSSLESS, COMMENT), LOSSLESS, JPEGLosslessSV1, 12),
    "a comment before the end, JPEG-LS": (before_the_end(LS, COMMENT), LS, JPEGLSLossless, 12),
    "spaces behind JPEG 2000": (J2K + b" ", J2K, JPEG2000Lossless, 12),
    "COM before EOC": (before_the_end(J2K, J2K_COMMENT), J2K, JPEG2000Lossless, 12),
    "COM twice before EOC": (before_the_end(J2K, J2K_COMMENT, J2K_COMMENT), J2K, JPEG2000Lossless, 12),
    "JP2 boxes": (SIGNATURE + HEADER + box(b"jp2c", J2K), J2K, JPEG2000Lossless, 12),
    "JP2 box of 64 bits": (SIGNATURE + HEADER + box(b"jp2c", J2K, is_long=True), J2K, JPEG2000Lossless, 12),
    "JP2 box up to the end": (SIGNATURE + HEADER + b"\0\0\0\0jp2c" + J2K, J2K, JPEG2000Lossless, 12),
    "JP2 boxes with others": (
        SIGNATURE + HEADER + box(b"uuid", bytes(40)) + box(b"jp2c", J2K) + box(b"xml ", b"<a/>"),
        J2K,
        JPEG2000Lossless,
        12,
    ),
}


@pytest.mark.parametrize("kind", PADDED)
def test_what_stands_around_an_image_changes_nothing(kind):
    padded, plain, syntax, bits = PADDED[kind]
    assert padded != plain
    assert np.array_equal(values_of(padded, syntax, bits), values_of(plain, syntax, bits))


SCANS = {
    "extended, Se 0": (scan(BASELINE, 1, None, None, 0, 0, 0), BASELINE, JPEGExtended12Bit, 8),
    "baseline, Ss 1 and Ah 2": (scan(BASELINE, 1, None, None, 1, 63, 0x20), BASELINE, JPEGBaseline8Bit, 8),
    "baseline, another component": (scan(BASELINE, 1, 9, None, 0, 63, 0), BASELINE, JPEGBaseline8Bit, 8),
    "lossless, Se 63": (scan(LOSSLESS, 1, None, None, 1, 63, 0), LOSSLESS, JPEGLosslessSV1, 12),
    "lossless, Ah 1": (scan(LOSSLESS, 1, None, None, 1, 0, 0x10), LOSSLESS, JPEGLossless, 12),
    "first order, no predictor": (scan(LOSSLESS, 1, None, None, 0, 0, 0), LOSSLESS, JPEGLosslessSV1, 12),
    "JPEG-LS, interleaved": (scan(LS, 1, None, None, 0, 2, 0), LS, JPEGLSLossless, 12),
}


@pytest.mark.parametrize("kind", SCANS)
def test_scan_headers_are_read_as_their_process_determines_them(kind):
    odd, plain, syntax, bits = SCANS[kind]
    assert odd != plain
    assert np.array_equal(values_of(odd, syntax, bits), values_of(plain, syntax, bits))


def test_an_extended_scan_of_twelve_bits_is_read_as_its_process_determines_it():
    frame, values = extended()
    window = {"WindowCenter": 2048, "WindowWidth": 4096}
    read = read_dicom(encapsulated(film(values, 12, **window), scan(frame, 1, None, None, 0, 0, 0), JPEGExtended12Bit))
    assert np.array_equal(read.values, values)


@pytest.mark.parametrize("bits", [8, 12, 16])
@pytest.mark.parametrize("point_transform", [1, 2, 5])
@pytest.mark.parametrize("restart_rows", [0, 7])
def test_a_point_transform_takes_the_lowest_bits_and_nothing_else(bits, point_transform, restart_rows):
    """ISO 10918-1 H.1.2.1: the first prediction is half of the range that is left; every decoded value is shifted."""
    values = TWELVE >> (12 - bits) if bits < 12 else TWELVE << (bits - 12)
    frame = lossless_jpeg(values, bits, point_transform, restart_rows)
    read = read_dicom(encapsulated(film(values, bits), frame, JPEGLosslessSV1))
    assert np.array_equal(read.values, values >> point_transform << point_transform)


@pytest.mark.parametrize(
    ("frame", "syntax", "sentence"),
    [
        (
            scan(LOSSLESS, 1, None, None, 0, 0, 0),
            JPEGLossless,
            "the predictor of its lossless JPEG image does not exist",
        ),
        (scan(LOSSLESS, 1, None, None, 9, 0, 0), JPEGLosslessSV1, "the predictor of its lossless JPEG image does not"),
        (scan(LOSSLESS, 1, None, None, 1, 0, 11), JPEGLossless, "has no bits behind its point transform"),
        (scan(LOSSLESS, 2, None, None, 1, 0, 0), JPEGLossless, "the scan header of its JPEG image is invalid"),
        (SIGNATURE + HEADER, JPEG2000Lossless, "its JP2 boxes hold no codestream"),
        (SIGNATURE + box(b"jp2c", J2K)[:-9], JPEG2000Lossless, "a JP2 box reaches beyond the end of its image"),
        (J2K, JPEGBaseline8Bit, "its transfer syntax is JPEG Baseline, but its image is JPEG 2000. Export it again"),
        (BASELINE, JPEG2000, "its transfer syntax is JPEG 2000, but its image is JPEG or JPEG-LS"),
        (LOSSLESS, RLELossless, "its transfer syntax is RLE Lossless, but its image is JPEG or JPEG-LS"),
    ],
)
def test_a_frame_that_contradicts_itself_or_its_syntax_is_unreadable(frame, syntax, sentence):
    with pytest.raises(UnreadableImageError, match=sentence):
        values_of(frame, syntax)


@pytest.mark.parametrize(
    ("frame", "syntax", "sentence"),
    [
        (scan(LS, 1, None, None, 0, 0, 1), JPEGLSLossless, "is JPEG-LS with a point transform. Send the film uncomp"),
        (
            SIGNATURE + box(b"jp2h", box(b"pclr", bytes(9))) + box(b"jp2c", J2K),
            JPEG2000Lossless,
            "has a palette. Send the film uncompressed",
        ),
        (J2K.removesuffix(EOC) + J2K_COMMENT * 20_000 + EOC, JPEG2000Lossless, "has over 16,384 segments"),
    ],
)
def test_a_compression_that_is_not_read_is_not_said_to_be_another_film(frame, syntax, sentence):
    with pytest.raises(UnsupportedCompressionError, match=sentence):
        values_of(frame, syntax)


@pytest.mark.parametrize("end", [b"", EOC, EOC + b"\0", J2K_COMMENT, EOC + J2K_COMMENT + EOC])
def test_a_jpeg_2000_image_that_was_cut_is_truncated_however_it_was_closed(end):
    for length in range(len(J2K) - 40, len(J2K) - len(EOC)):
        with pytest.raises(UnreadableImageError):
            values_of(J2K[:length] + end, JPEG2000Lossless)


# Frames of PixelData.


def with_items(*items):
    dataset = film(EIGHT)
    dataset.PixelData = b"".join(b"\xfe\xff\0\xe0" + struct.pack("<I", len(item)) + item for item in items)
    dataset["PixelData"].VR, dataset["PixelData"].is_undefined_length = "OB", True
    dataset.file_meta = meta(JPEGBaseline8Bit)
    return as_it_is(dataset)


EVEN = BASELINE + b"\0" * (len(BASELINE) % 2)
MIDDLE = len(EVEN) // 4 * 2


@pytest.mark.parametrize(
    "items",
    [
        (b"", EVEN),
        (struct.pack("<I", 0), EVEN),
        (struct.pack("<I", 8), EVEN),
        (struct.pack("<I", 10**9), EVEN),
        (struct.pack("<II", 0, 77), EVEN),
        (struct.pack("<I", 77), EVEN[:MIDDLE], EVEN[MIDDLE:]),
        (EVEN,),
        (EVEN[:MIDDLE], EVEN[MIDDLE:]),
    ],
    ids=["none", "right", "wrong", "beyond", "too many", "wrong, pieces", "no offsets", "no offsets, pieces"],
)
def test_one_frame_needs_no_offsets(items):
    assert np.array_equal(read_dicom(with_items(*items)).values, values_of(BASELINE, JPEGBaseline8Bit, 8))


@pytest.mark.parametrize(
    "items", [(b"", EVEN, EVEN), (EVEN, EVEN), (struct.pack("<II", 0, MIDDLE), EVEN[:80], EVEN[80:])]
)
def test_more_than_one_frame_is_refused(items):
    with pytest.raises(UnsupportedDicomError, match="holds more than one compressed frame"):
        read_dicom(with_items(*items))


def test_native_pixels_under_a_compressed_syntax_are_said_to_be_that():
    dataset = film(TWELVE, 12)
    dataset.file_meta = meta(ExplicitVRLittleEndian)
    data = as_it_is(dataset).replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.5\0")
    with pytest.raises(
        UnreadableImageError, match=r"syntax is RLE Lossless, but .*PixelData is not compressed. Export"
    ):
        read_dicom(data)


def test_compressed_pixels_under_a_native_syntax_are_said_to_be_that():
    data = encapsulated(film(EIGHT), BASELINE, RLELossless)
    data = data.replace(b"1.2.840.10008.1.2.5\0", b"1.2.840.10008.1.2.1\0")
    with pytest.raises(UnreadableImageError, match=r"Explicit VR Little Endian, but .*PixelData is compressed. Export"):
        read_dicom(data)


# Bits.

EDGES = np.where((ROWS // 5 + COLUMNS // 7) % 2, 127, 0).astype(np.uint8)
OVERSHOOTING = jpeg(EDGES, quality=90)


def lossy_j2k(values, bits, ratio=12):
    array = values.astype(np.uint16)
    return bytes(encode_array(array, bits_stored=bits, photometric_interpretation=2, compression_ratios=[ratio]))


def test_a_lossy_code_that_overshoots_is_clipped():
    read = read_dicom(encapsulated(film(EDGES, 7), OVERSHOOTING, JPEGBaseline8Bit))
    unclipped = values_of(OVERSHOOTING, JPEGBaseline8Bit, 8)
    assert 127 < unclipped.max() < 127 + 16
    assert np.array_equal(read.values, np.minimum(unclipped, 127))


def test_lossy_jpeg_2000_of_more_bits_that_overshoots_is_clipped():
    frame = lossy_j2k(np.where(EDGES, 4095, 0), 16, ratio=6)
    unclipped = decode_jpeg_2000(frame, j2k_format=0)
    assert 4095 < unclipped.max() < 4095 + 512
    assert np.array_equal(values_of(frame, JPEG2000), np.clip(unclipped, 0, 4095))
    with pytest.raises(UnreadableImageError, match="values of 16 bits that do not fit"):
        values_of(frame, JPEG2000Lossless)


@pytest.mark.parametrize(
    ("values", "bits"),
    [(2 * EDGES.astype(int), 7), (EDGES.astype(int) + 20, 7)],
    ids=["twice the range", "a sixth beyond the range"],
)
def test_a_lossy_image_far_beyond_the_bits_stored_is_not_clipped(values, bits):
    frame = jpeg(values.astype(np.uint8), quality=100)
    with pytest.raises(UnreadableImageError, match="values of 8 bits that do not fit"):
        read_dicom(encapsulated(film(EDGES, bits), frame, JPEGBaseline8Bit))


def test_an_exact_image_in_a_lossy_syntax_is_not_clipped():
    values = np.where(EDGES, 130, 0)
    with pytest.raises(UnreadableImageError, match="values of 8 bits that do not fit"):
        read_dicom(encapsulated(film(EDGES, 7), lossless_jpeg(values, 8), JPEGExtended12Bit))


@pytest.mark.parametrize(
    ("frame", "syntax"),
    [(BASELINE, JPEGBaseline8Bit), (BASELINE, JPEGExtended12Bit), (lossy_j2k(EIGHT, 8), JPEG2000)],
)
def test_a_lossy_image_of_fewer_bits_than_are_stored_is_refused(frame, syntax):
    """PS3.5 table 8.2.1-1: a window for 12 bits would show 8 of them nearly black."""
    with pytest.raises(UnreadableImageError, match=r"has samples of 8 bits, but .*BitsStored is 12 .*Export it again"):
        values_of(frame, syntax)


@pytest.mark.parametrize(
    ("frame", "syntax"),
    [
        (lossless_jpeg(EIGHT, 8), JPEGLosslessSV1),
        (bytes(jpeg_ls.encode_array(EIGHT)), JPEGLSLossless),
        (bytes(encode_array(EIGHT, bits_stored=8, photometric_interpretation=2)), JPEG2000Lossless),
    ],
)
def test_an_exact_image_of_fewer_bits_is_never_shown_through_a_window_for_more(frame, syntax):
    with pytest.raises(
        UnreadableImageError, match=r"fewer bits than .*BitsStored says, and its window does not fit them"
    ):
        read_dicom(encapsulated(film(EIGHT, 12, WindowCenter=2048, WindowWidth=4096), frame, syntax))
    assert read_dicom(encapsulated(film(EIGHT, 12, WindowCenter=128, WindowWidth=256), frame, syntax)).default_voi


def test_an_exact_image_of_fewer_bits_than_are_stored_is_read_with_a_warning():
    read = read_dicom(encapsulated(film(EIGHT, 12), lossless_jpeg(EIGHT, 8), JPEGLosslessSV1))
    assert np.array_equal(read.values, EIGHT)
    assert read.warnings == (
        "The file contradicts itself: its compressed image has samples of 8 bits, but (0028,0101) BitsStored is 12. "
        "The values were read as they are.",
    )
