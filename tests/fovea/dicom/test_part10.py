"""The form of a file: what stands before, between and behind the elements that a film needs, and where it was cut."""

import io
import struct
import time

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
    plain_body,
    written,
)
from pydicom import dcmread
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset
from pydicom.uid import (
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from fovea import read_image
from fovea.dicom import is_dicom, read_dicom
from fovea.errors import FoveaError, UnreadableImageError, UnsupportedDicomError, UnsupportedFormatError

VALUES = np.arange(32 * 32).reshape(32, 32)


def whole(**elements):
    return film(VALUES, 12, WindowCenter=512, WindowWidth=1024, **elements)


def implicit_body(dataset):
    stream = DicomBytesIO()
    stream.is_little_endian, stream.is_implicit_VR = True, True
    write_dataset(stream, dataset)
    return stream.getvalue()


FILE = written(whole())
IMPLICIT = written(whole(), ImplicitVRLittleEndian)
PIXELS = FILE.index(b"\xe0\x7f\x10\x00OW")


def with_private(header, at=PIXELS):
    """An element of a private group in front of the pixels."""
    return FILE[:at] + b"\x29\0\1\x10" + header + FILE[at:]


# What other readers pass over, none of which a film needs.
FORMS = {
    "no preamble": FILE[128:],
    "no preamble and no prefix": FILE[132:],
    "no preamble, implicit": IMPLICIT[132:],
    "no prefix": FILE[:128] + FILE[132:],
    "500 kB of zeros behind the pixels": FILE + bytes(500_000),
    "seven zeros behind the pixels": FILE + bytes(7),
    "zeros behind the pixels, implicit": IMPLICIT + bytes(1001),
    "spaces behind the pixels": FILE + b" " * 1001,
    "a line end behind the pixels": FILE + b"\r\n",
    "standard padding behind the pixels": FILE + b"\xfc\xff\xfc\xffOB\0\0\x04\0\0\0" + bytes(4),
    "VR ?? with two bytes of length": with_private(b"??\4\0abcd"),
    "VR ?? with four bytes of length": with_private(b"??\0\0\4\0\0\0abcd"),
    "VR of zeros with four bytes of length": with_private(b"\0\0\0\0\4\0\0\0abcd"),
    "no VR": with_private(b"\4\0\0\0abcd"),
    "two VRs ??": with_private(b"??\4\0abcd\x29\0\2\x10??\2\0ab"),
    "private VR of undefined length": with_private(b"UN\0\0" + b"\xff" * 4 + b"\xfe\xff\xdd\xe0\0\0\0\0"),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_form_of_a_file_does_not_change_its_film(form):
    assert is_dicom(FORMS[form])
    read = read_image(FORMS[form], channels=1)
    assert np.array_equal(read.image, read_dicom(FILE).render())
    assert read.warnings == ()


@pytest.mark.parametrize(
    ("body", "syntax"),
    [(plain_body(whole()), "Explicit VR Little Endian"), (implicit_body(whole()), "Implicit VR Little Endian")],
)
def test_a_data_set_alone_is_read_where_its_pixels_are_native(body, syntax):
    assert is_dicom(body)
    read = read_dicom(body)
    assert np.array_equal(read.values, VALUES)
    assert read.warnings == (f"The file has no meta information (PS3.10 section 7.1). It was read as {syntax}.",)


def test_a_data_set_alone_is_refused_where_its_pixels_are_compressed():
    data = compressed(whole(), RLELossless)
    with pytest.raises(UnsupportedFormatError, match="pixels are compressed in a way that is not said"):
        read_dicom(data[data.index(b"\x08\0\x16\0UI") :])


@pytest.mark.parametrize("data", [b"", b"\x08\0", bytes(200), b"\2\0", b"\x08\0\x16\0\xff\xff\xff\xff", b"DICOM"])
def test_other_bytes_are_not_taken_for_dicom(data):
    assert not is_dicom(data)


def test_an_unknown_vr_whose_length_is_not_certain_is_refused():
    """Two lengths after which the file goes on: nothing says which of them is meant."""
    long = b"\x29\0\3\x10LO\0\0" * 2
    both = with_private(b"??" + struct.pack("<HI", 4, len(long)) + long)
    with pytest.raises(UnreadableImageError, match=r"\(0029,1001\) has an unknown value representation, so its length"):
        read_dicom(both)
    with pytest.raises(UnreadableImageError, match=r"\(0029,1001\) has an unknown value representation\."):
        read_dicom(with_private(b"??" + b"\x77" * 20))


CLASS = whole().SOPClassUID


@pytest.mark.parametrize(
    ("elements", "warnings"),
    [
        (
            {"SOPClassUID": ABSENT},
            ("(0008,0016) SOPClassUID is missing. (0002,0002) MediaStorageSOPClassUID was taken in its place.",),
        ),
        ({"SOPInstanceUID": ABSENT}, ()),
    ],
)
def test_class_and_instance_come_from_the_meta_information_where_the_data_set_lacks_them(elements, warnings):
    read = read_dicom(without_check(whole(**elements)))
    assert read.warnings == warnings
    assert (read.instance.sop_class_uid, read.instance.sop_instance_uid) == (CLASS, "1.2.3.1")


def without_check(dataset, media_class=CLASS):
    """A file whose meta information is complete whatever its data set lacks."""
    head = written(whole())
    head = head[: head.index(b"\x08\0\x16\0UI")].replace(CLASS.encode(), media_class.encode())
    return head + plain_body(dataset)


def test_a_class_of_the_meta_information_that_is_not_read_is_refused():
    ct = "1.2.840.10008.5.1.4.1.1.2"
    with pytest.raises(UnsupportedDicomError, match=r"SOPClassUID is CT Image Storage"):
        read_dicom(without_check(whole(SOPClassUID=ABSENT), media_class=ct))


CUT = {
    "explicit": FILE,
    "implicit": IMPLICIT,
    "big endian": written(whole(), ExplicitVRBigEndian),
    "deflated": deflated(plain_body(whole())),
    "rle": compressed(whole(), RLELossless),
    "jpeg 2000": compressed(whole(), JPEG2000Lossless),
    "jpeg-ls": compressed(whole(), JPEGLSLossless),
    "jpeg": jpeg_baseline(film(VALUES % 256)),
    "jpeg lossless": encapsulated(whole(), lossless_jpeg(VALUES, 12), JPEGLosslessSV1),
    "without preamble": compressed(whole(), RLELossless)[132:],
}


@pytest.mark.parametrize("kind", CUT)
def test_a_file_that_was_cut_is_called_truncated_wherever_it_was_cut(kind):
    content = CUT[kind]
    assert read_dicom(content)
    starts = 12 if kind == "without preamble" else 132
    for length in range(starts, len(content)):
        with pytest.raises(FoveaError, match="truncated") as caught:
            read_dicom(content[:length])
        assert isinstance(caught.value, UnreadableImageError), f"{length} of {len(content)} bytes"


def test_a_cut_within_a_nested_sequence_is_called_truncated():
    content = as_it_is(dcmread(io.BytesIO(FILE)))
    nested = b"\x28\0\x10\x30SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff" * 3
    for cut in range(1, len(nested)):
        with pytest.raises(UnreadableImageError, match="truncated"):
            read_dicom(content[:PIXELS] + nested[:cut])


@pytest.mark.parametrize(
    "content",
    [
        IMPLICIT + bytes(60_000_000) + b"x",
        FILE + bytes(60_000_000) + b"x",
        FILE[:PIXELS] + b"\x29\0\1\x10LO\0\0" * 7_000_000,
        FILE[:PIXELS] + b"\x29\0\1\x10SQ\0\0" + b"\xff" * 4 + b"\xfe\xff\0\xe0\0\0\0\0" * 7_000_000,
        FILE[:PIXELS] + b"\x29\0\1\x10??\4\0abcd" * 4_000_000,
        b"\x08\0\5\0CS\0\0" * 7_000_000,
    ],
    ids=["zeros, implicit", "zeros, explicit", "elements", "items", "unknown VRs", "a data set alone"],
)
def test_60_megabytes_of_elements_cost_no_more_than_reading_them(content):
    before = time.process_time()
    with pytest.raises(UnreadableImageError, match=r"too many elements|unknown value representation"):
        read_dicom(content)
    assert time.process_time() - before < 3


def test_sequences_in_sequences_have_a_bound():
    nested = b"\x28\0\x10\x30SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff" * 500
    with pytest.raises(UnreadableImageError, match="too many elements for a film"):
        read_dicom(FILE[:PIXELS] + nested)
