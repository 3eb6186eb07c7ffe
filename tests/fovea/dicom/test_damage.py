"""No bytes whatever make the reader fail with anything but its own errors, or take memory without bound."""

import io
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from films import (
    ABSENT,
    as_it_is,
    compressed,
    deflated,
    encapsulated,
    film,
    jpeg_baseline,
    lossless_jpeg,
    lut,
    plain_body,
    written,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.datadict import tag_for_keyword
from pydicom.encaps import get_frame
from pydicom.uid import ExplicitVRBigEndian, JPEG2000Lossless, JPEGLosslessSV1, JPEGLSLossless, RLELossless

from fovea.dicom import read_dicom
from fovea.dicom.tags import READ_KEYWORDS
from fovea.errors import FoveaError, UnreadableImageError, UnsupportedDicomError

VALUES = np.arange(32 * 32).reshape(32, 32)
HEAD = bytes(128) + b"DICM"


def whole_files():
    def twelve_bits():
        return film(VALUES, 12, WindowCenter=512, WindowWidth=1024)

    return {
        "explicit": written(twelve_bits()),
        "big endian": written(twelve_bits(), ExplicitVRBigEndian),
        "deflated": deflated(plain_body(twelve_bits())),
        "rle": compressed(twelve_bits(), RLELossless),
        "jpeg 2000": compressed(twelve_bits(), JPEG2000Lossless),
        "jpeg-ls": compressed(twelve_bits(), JPEGLSLossless),
        "jpeg": jpeg_baseline(film(VALUES % 256)),
        "jpeg lossless": encapsulated(twelve_bits(), lossless_jpeg(VALUES, 12), JPEGLosslessSV1),
    }


FILES = whole_files()


def read_or_refuse(data):
    try:
        return np.asarray(read_dicom(data).render())
    except FoveaError:
        return None


REAL = ("CT_small.dcm", "MR_small.dcm", "MR_small_RLE.dcm", "MR_small_bigendian.dcm", "JPEG2000.dcm")
PIXEL_DATA = (b"\xe0\x7f\x10\x00", b"\x7f\xe0\x00\x10")  # the tag in both byte orders


def as_it_comes(name):
    """A file that comes with pydicom, none of them a chest film."""
    return Path(get_testdata_file(name, download=False)).read_bytes()


def as_chest_film(name):
    """The same, its other elements as they are, but said to be a CR of the chest."""
    dataset = dcmread(io.BytesIO(as_it_comes(name)))
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.1"
    dataset.Modality, dataset.BodyPartExamined, dataset.ViewPosition = "CR", "CHEST", "PA"
    dataset.pop("PatientOrientation", None)
    return as_it_is(dataset)


@pytest.mark.parametrize("name", REAL)
@pytest.mark.parametrize("make", [as_it_comes, as_chest_film])
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_changed_bytes_in_the_header_of_a_real_file(make, name, data):
    content = bytearray(make(name))
    header = max(content.rfind(tag) for tag in PIXEL_DATA)
    assert header > 1000
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(128, header + 12))] = data.draw(st.integers(0, 255))
    read_or_refuse(bytes(content))


def test_real_headers_are_read_where_they_say_chest_film_and_refused_as_they_come():
    assert all(read_or_refuse(as_chest_film(name)) is not None for name in REAL)
    assert all(read_or_refuse(as_it_comes(name)) is None for name in REAL)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes(content):
    read_or_refuse(content)
    read_or_refuse(HEAD + content)
    read_or_refuse(FILES["explicit"][:336] + content)


@settings(max_examples=60, deadline=None)
@pytest.mark.parametrize("kind", FILES)
@given(data=st.data())
def test_changed_bytes(kind, data):
    content = bytearray(FILES[kind])
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    read_or_refuse(bytes(content))


@settings(max_examples=60, deadline=None)
@pytest.mark.parametrize("kind", FILES)
@given(data=st.data())
def test_bytes_taken_out_or_put_in(kind, data):
    content = FILES[kind]
    start = data.draw(st.integers(0, len(content)))
    stop = data.draw(st.integers(start, min(len(content), start + 200)))
    read_or_refuse(content[:start] + data.draw(st.binary(max_size=50)) + content[stop:])


@pytest.mark.parametrize("kind", FILES)
def test_a_truncated_file_is_refused_or_whole_but_never_half_an_image(kind):
    content = FILES[kind]
    image = read_or_refuse(content)
    assert image is not None
    for length in range(0, len(content), 3):
        cut = read_or_refuse(content[:length])
        assert cut is None or (cut == image).all(), f"{length} of {len(content)} bytes"


@pytest.mark.parametrize("kind", ["rle", "jpeg 2000", "jpeg-ls", "jpeg", "jpeg lossless"])
@pytest.mark.parametrize("end", [b"", b"\xff\xd9"])  # as it is, and closed again by EOI, which is EOC of JPEG 2000 too
def test_a_compressed_image_that_breaks_off_is_refused_in_a_whole_file(kind, end):
    dataset = dcmread(io.BytesIO(FILES[kind]))
    frame = get_frame(dataset.PixelData, 0, number_of_frames=1)
    syntax = dataset.file_meta.TransferSyntaxUID
    assert read_or_refuse(encapsulated(dataset, frame, syntax)) is not None
    for share in (0.5, 0.9, 0.98):
        with pytest.raises(UnreadableImageError):
            read_dicom(encapsulated(dataset, frame[: int(share * len(frame))] + end, syntax))


def test_missing_pixels_are_counted():
    with pytest.raises(UnreadableImageError, match=r"PixelData holds 2 bytes|truncated"):
        read_dicom(written(film(VALUES, 12, PixelData=b"\0\0")))


def test_sequences_nested_without_end_are_refused():
    nested = b"\x28\x00\x10\x30SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff" * 5000
    assert read_or_refuse(FILES["explicit"][:336] + nested) is None


VRS = (
    *("AE", "AS", "AT", "CS", "DA", "DS", "DT", "FL", "FD", "IS", "LO", "LT", "OB", "OD", "OF", "OL", "OV", "OW", "PN"),
    *("SH", "SL", "SQ", "SS", "ST", "SV", "TM", "UC", "UI", "UL", "UN", "UR", "US", "UT", "UV", "ZZ"),
)
LONG_VRS = {"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"}


def raw_element(keyword, vr, value):
    tag = tag_for_keyword(keyword)
    length = struct.pack("<HI", 0, len(value)) if vr in LONG_VRS else struct.pack("<H", len(value))
    return struct.pack("<HH", tag >> 16, tag & 0xFFFF) + vr.encode() + length + value


@pytest.mark.parametrize("keyword", READ_KEYWORDS)
def test_an_element_of_any_type_is_read_or_refused(keyword):
    body = plain_body(film(VALUES % 256, **{keyword: ABSENT} if hasattr(film(), keyword) else {}))
    for vr in VRS:
        for value in (b"", b"\1\0", b"1\\2 ", b"\0\0\xc0\x7f", b"\xfe\xff\x00\xe0\0\0\0\0"):
            read_or_refuse(deflated(body + raw_element(keyword, vr, value)))


def test_a_long_value_is_refused_before_it_is_decoded():
    data = deflated(plain_body(film(VALUES % 256, Rows=ABSENT)) + raw_element("Rows", "OB", bytes(1_000_000)))
    with pytest.raises(
        UnsupportedDicomError, match=r"\(0028,0010\) Rows is 1,000,000 bytes long. Fovea reads at most 4,096"
    ):
        read_dicom(data)


@pytest.mark.parametrize("count", [5, 8])
def test_several_tables_of_65536_entries_are_read(count):
    tables = [lut(list(range(65_536)), 0, 16, is_ow=True)] * count
    for item in tables:
        item.LUTDescriptor = [0, 0, 16]
    read = read_dicom(written(film(VALUES, 16, VOILUTSequence=tables)))
    assert len(read.voi) == count
    assert len(read.voi[-1].table) == 65_536


def test_more_tables_than_eight_of_them_are_too_long_not_damaged():
    tables = [lut(list(range(65_535)), 0, 16, is_ow=True)] * 9
    with pytest.raises(
        UnsupportedDicomError, match=r"^\(0028,3010\) VOILUTSequence is .* bytes long. Fovea reads at most 1,056,768"
    ):
        read_dicom(written(film(VALUES, 16, VOILUTSequence=tables)))


def with_precincts(exponents):
    """The JPEG 2000 file with precincts of these exponents at every resolution (ISO 15444-1 A.6.1)."""
    frame = get_frame(dcmread(io.BytesIO(FILES["jpeg 2000"])).PixelData, 0, number_of_frames=1)
    place = frame.index(b"\xff\x52")
    length, style, levels = (*struct.unpack_from(">HB", frame, place + 2), frame[place + 9])
    end = place + 2 + length
    sizes = bytes([exponents << 4 | exponents] * (levels + 1))
    changed = struct.pack(">HB", length + len(sizes), style | 1) + frame[place + 5 : end] + sizes
    return encapsulated(film(VALUES, 12), frame[: place + 2] + changed + frame[end:], JPEG2000Lossless)


def test_precincts_of_a_pixel_are_refused_before_they_fill_the_memory():
    with pytest.raises(UnsupportedDicomError, match="precincts under 16 pixels"):
        read_dicom(with_precincts(0))
    assert np.array_equal(read_dicom(with_precincts(7)).values, VALUES)


def with_code_blocks(width, height):
    """The JPEG 2000 file that says to have code-blocks of two to these powers (ISO 15444-1 table A.18)."""
    frame = get_frame(dcmread(io.BytesIO(FILES["jpeg 2000"])).PixelData, 0, number_of_frames=1)
    place = frame.index(b"\xff\x52") + 10
    return encapsulated(
        film(VALUES, 12), frame[:place] + bytes((width - 2, height - 2)) + frame[place + 2 :], JPEG2000Lossless
    )


@pytest.mark.parametrize("exponents", [(2, 2), (3, 6), (10, 2)])
def test_code_blocks_of_a_few_pixels_are_refused(exponents):
    with pytest.raises(UnsupportedDicomError, match=r"code-blocks under 16 pixels. Send the film uncompressed"):
        read_dicom(with_code_blocks(*exponents))
    assert np.array_equal(read_dicom(with_code_blocks(6, 6)).values, VALUES)


BOMB = """
import resource, sys
sys.path.insert(0, {folder!r})
from films import ABSENT, deflated, film, plain_body
from fovea.dicom import read_dicom
from fovea.errors import FoveaError
data = {make}
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    read_dicom(data)
    print("read")
except FoveaError as error:
    print(type(error).__name__)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def peak_of(make, folder):
    """What reading says, and by how many MiB the process grew at its peak, in a process of its own."""
    code = BOMB.format(folder=str(folder), make=make)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    said, grown = done.stdout.split()
    return said, int(grown)


def test_memory_stays_bounded_on_bombs(request):
    folder = request.path.parent
    said, grown = peak_of("deflated(bytes(1_000_000_000))", folder)
    assert said == "ImageTooLargeError"
    assert grown < 500
    body = "plain_body(film(BodyPartExamined=ABSENT))"
    items = "bytes([0xfe, 0xff, 0, 0xe0, 0, 0, 0, 0]) * 500_000"
    said, grown = peak_of(f"deflated({body} + b'\\x08\\0\\x18\\x22SQ\\0\\0\\xff\\xff\\xff\\xff' + {items})", folder)
    assert said == "UnreadableImageError"
    assert grown < 120
    # two sequences as long as any that is read: empty items in both, then empty elements in one item of both
    body, pixels = "plain_body(film(PixelData=ABSENT))", r"b'\xe0\x7f\x10\0OB\0\0\4\0\0\0' + bytes(range(4))"
    heads = [rf"b'\x28\0{tag}\x30SQ\0\0\0\x1e\x10\0'" for tag in (r"\0", r"\x10")]
    item, element = "bytes([0xfe, 0xff, 0, 0xe0, 0, 0, 0, 0])", "bytes([0x29, 0, 0, 0x10, 76, 79, 0, 0])"
    for content in (f"{item} * 132_032", rf"b'\xfe\xff\0\xe0\xf8\x1d\x10\0' + {element} * 132_031"):
        sequences = " + ".join(f"{head} + {content}" for head in heads)
        said, grown = peak_of(f"deflated({body} + {sequences} + {pixels})", folder)
        assert said == "UnreadableImageError"
        assert grown < 40
