"""Files that are encoded otherwise than they say: read where they prove what they are, with a warning, else refused."""

import struct
import zlib

import jpeg_ls
import numpy as np
import pytest
from films import ABSENT, deflated, film, lossless_jpeg, lut, plain_body, written
from openjpeg.utils import encode_array
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
)

from fovea.dicom import read_dicom
from fovea.errors import UnreadableImageError, UnsupportedDicomError, UnsupportedFormatError

ROWS, COLUMNS = np.mgrid[0:40, 0:64]
SMOOTH = 1000 + 30 * ROWS + 20 * COLUMNS
ITEM, DELIMITER = b"\xfe\xff\0\xe0", b"\xfe\xff\xdd\xe0\0\0\0\0"
EMPTY = b"\x03\0"  # deflated
NO_SYNTAX = r"has no \(0002,0010\) TransferSyntaxUID"
LOSSLESS = {
    JPEG2000Lossless: bytes(encode_array(SMOOTH.astype(np.uint16), bits_stored=12)),
    JPEGLSLossless: bytes(jpeg_ls.encode_array(SMOOTH.astype(np.uint16))),
    JPEGLosslessSV1: lossless_jpeg(SMOOTH, 12),
}


def twelve_bits(**elements):
    return film(SMOOTH, 12, **{"WindowCenter": 2048, "WindowWidth": 4096} | elements)


def grey(data):
    return np.asarray(read_dicom(data).render())


EXPECTED = grey(written(twelve_bits()))


def is_read(data, *warnings):
    found = read_dicom(data)
    assert np.array_equal(np.asarray(found.render()), EXPECTED)
    assert found.warnings == warnings


def claiming(data, syntax):
    """The file with another transfer syntax in its meta information; "" takes the element away."""
    start = data.index(b"\2\0\x10\0UI")
    end = start + 8 + struct.unpack_from("<H", data, start + 6)[0]
    value = syntax.encode() + b"\0" * (len(syntax) % 2)
    return (
        data[:start] + (data[start : start + 6] + struct.pack("<H", len(value)) + value if syntax else b"") + data[end:]
    )


def element(tag, vr, value):
    """In Explicit VR Little Endian, of a short VR or a long one."""
    head = struct.pack("<HH2s", tag >> 16, tag & 0xFFFF, vr.encode())
    return (
        head
        + (struct.pack("<HI", 0, len(value)) if vr in ("OB", "OW", "UN") else struct.pack("<H", len(value)))
        + value
    )


def in_pieces(syntax, pieces, end=DELIMITER):
    """A compressed film whose pixels are these items; the first is the table of offsets."""
    items = b"".join(ITEM + struct.pack("<I", len(piece)) + piece for piece in pieces)
    head = claiming(written(twelve_bits(PixelData=ABSENT)), syntax)
    return head + struct.pack("<HH2sHI", 0x7FE0, 0x10, b"OB", 0, 0xFFFFFFFF) + items + end


def even(frame):
    return frame + b"\0" * (len(frame) % 2)


ORDER = "The file contradicts itself: its transfer syntax is {}, but it is encoded as {}. It was read as the latter."
LITTLE, BIG = "Explicit VR Little Endian", "Explicit VR Big Endian"


def test_a_big_endian_film_that_claims_to_be_little_endian_is_read_and_the_other_way_round():
    is_read(claiming(written(twelve_bits(), ExplicitVRBigEndian), ExplicitVRLittleEndian), ORDER.format(LITTLE, BIG))
    is_read(claiming(written(twelve_bits()), ExplicitVRBigEndian), ORDER.format(BIG, LITTLE))


@pytest.mark.parametrize(
    ("syntax", "name"), [(ExplicitVRLittleEndian, LITTLE), (ImplicitVRLittleEndian, "Implicit VR Little Endian")]
)
def test_a_film_without_a_transfer_syntax_is_read_if_it_shows_one(syntax, name):
    data = claiming(written(twelve_bits(), syntax), "")
    is_read(data, f"(0002,0010) TransferSyntaxUID is missing. The file was read as {name}.")


def test_a_compressed_or_big_endian_film_without_a_transfer_syntax_is_refused():
    compressed = in_pieces(JPEG2000Lossless, [b"", even(LOSSLESS[JPEG2000Lossless])])
    for data in (compressed, written(twelve_bits(), ExplicitVRBigEndian)):
        with pytest.raises(UnreadableImageError, match=NO_SYNTAX):
            read_dicom(claiming(data, ""))


def test_a_deflated_film_in_zlib_s_wrapping_is_read():
    head = deflated(b"").removesuffix(EMPTY)
    for level in (1, 6, 9):
        is_read(head + zlib.compress(plain_body(twelve_bits()), level))


def test_a_film_that_is_not_deflated_under_the_deflated_syntax_is_said_to_be_that():
    with pytest.raises(UnreadableImageError, match=r"contradicts itself: .* but its data set is not deflated"):
        read_dicom(claiming(written(twelve_bits()), DeflatedExplicitVRLittleEndian))


@pytest.mark.parametrize("syntax", LOSSLESS)
def test_pieces_of_a_frame_in_any_form_are_one_frame(syntax):
    frame = even(LOSSLESS[syntax])
    for pieces in (
        [b"", frame[:100], frame[100:300], frame[300:]],
        [bytes(4), frame[:100], frame[100:]],
        [b"", frame[:101], frame[101:]],
        [b"", b"", frame],
        [b"", frame, b""],
    ):
        is_read(in_pieces(syntax, pieces))


@pytest.mark.parametrize("syntax", LOSSLESS)
def test_a_second_end_marker_does_no_harm(syntax):
    is_read(in_pieces(syntax, [b"", even(LOSSLESS[syntax] + b"\xff\xd9")]))


@pytest.mark.parametrize(
    ("tag", "vr", "value"),
    [
        # a text under the representation of another text, or of bytes
        *((0x00281050, vr, b"2048") for vr in ("LO", "ST", "SH", "IS", "UN", "OB", "UI")),
        *((0x00281051, vr, b"4096") for vr in ("LO", "OB")),
        *((0x00280004, vr, b"MONOCHROME2 ") for vr in ("LO", "UN", "OB")),
        *((0x00280010, vr, b"\x28\0") for vr in ("UN", "OB", "OW", "SS")),
        # numbers of another width, and as text
        (0x00280010, "UL", b"\x28\0\0\0"),
        (0x00280010, "IS", b"40"),
        (0x00281050, "FD", struct.pack("<d", 2048)),
        (0x00280004, "CS", b"MONOCHROME 2"),
    ],
)
def test_a_value_under_another_representation_is_read_as_what_it_is(tag, vr, value):
    dataset = twelve_bits()
    del dataset[tag]
    head, body = written(dataset), plain_body(dataset)
    head, place = head[: -len(body)], 0
    while (number := struct.unpack_from("<HH", body, place)) and (number[0] << 16 | number[1]) < tag:
        place += 8 + struct.unpack_from("<H", body, place + 6)[0]  # all of short ones up to there
    is_read(head + body[:place] + element(tag, vr, value) + body[place:])


@pytest.mark.parametrize("number", [b"1.5 ", b"abc ", b"1\\1 "])
def test_a_number_of_frames_that_is_no_whole_number_counts_as_absent(number):
    data = written(twelve_bits(NumberOfFrames="1111"))
    assert data.count(b"1111") == 1
    is_read(data.replace(b"1111", number), "(0028,0008) NumberOfFrames is invalid and was ignored.")


def test_a_backslash_behind_the_last_number_does_no_harm():
    dataset = twelve_bits(WindowCenter="333333", WindowWidth="777777", PixelSpacing=["5.5555", "6.6666"])
    data = written(dataset)
    for old, new in ((b"333333", b"2048\\ "), (b"777777", b"4096\\ "), (b"5.5555\\6.6666 ", b"0.143\\0.143\\  ")):
        assert data.count(old) == 1
        data = data.replace(old, new)
    is_read(data)


def test_a_table_of_more_entries_than_announced_is_refused_unless_the_rest_is_padding():
    table = lut(range(4096), 0, 12, is_ow=True)
    is_read(written(film(SMOOTH, 12, VOILUTSequence=[table])))
    table.LUTDescriptor = [1024, 0, 12]
    with pytest.raises(UnreadableImageError, match=r"LUTData has 4,096 entries, but .*LUTDescriptor announces 1,024"):
        read_dicom(written(film(SMOOTH, 12, VOILUTSequence=[table])))
    padded = lut([*range(4096), 0, 0], 0, 12, is_ow=True)
    padded.LUTDescriptor = [4096, 0, 12]
    is_read(written(film(SMOOTH, 12, VOILUTSequence=[padded])))


def test_two_equal_frames_are_still_two():
    dataset = twelve_bits(NumberOfFrames=2)
    dataset.PixelData *= 2
    with pytest.raises(UnsupportedDicomError, match=r"NumberOfFrames is 2. Send a single frame"):
        read_dicom(written(dataset))


def test_a_syntax_of_a_manufacturer_is_refused():
    with pytest.raises(UnsupportedFormatError, match=r"TransferSyntaxUID is not listed in PS3.6"):
        read_dicom(claiming(written(twelve_bits(), ImplicitVRLittleEndian), "1.2.840.113619.5.2"))
