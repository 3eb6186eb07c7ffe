"""Every transfer syntax that is read, and those that are refused by name."""

import imagecodecs
import jpeg_ls
import numpy as np
import pydicom
import pytest
from films import (
    as_it_is,
    compressed,
    deflated,
    encapsulated,
    film,
    jpeg,
    jpeg_baseline,
    lossless_jpeg,
    plain_body,
    written,
)
from openjpeg.utils import encode_array
from pydicom.data import get_testdata_file
from pydicom.encaps import encapsulate, generate_frames, get_frame
from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from fovea.dicom import read_dicom
from fovea.errors import (
    ImageTooLargeError,
    UnreadableImageError,
    UnsupportedDicomError,
    UnsupportedFormatError,
)

ROWS, COLUMNS = np.mgrid[0:40, 0:64]
SMOOTH = 1000 + 30 * ROWS + 20 * COLUMNS  # 1000 to 3430
BYTES = (SMOOTH // 16).astype(np.uint8)


def twelve_bits(is_signed=False):
    shift = 2048 if is_signed else 0
    return film(SMOOTH - shift, 12, is_signed, WindowCenter=2048 - shift, WindowWidth=4096)


def grey(data):
    return np.asarray(read_dicom(data).render()).astype(int)


@pytest.mark.parametrize("is_signed", [False, True])
@pytest.mark.parametrize("syntax", [RLELossless, JPEG2000Lossless, JPEGLSLossless])
def test_lossless_compression_changes_nothing(syntax, is_signed):
    assert (grey(compressed(twelve_bits(is_signed), syntax)) == grey(written(twelve_bits(is_signed)))).all()


@pytest.mark.parametrize(
    ("syntax", "options"), [(JPEG2000, {"j2k_psnr": [60]}), (JPEGLSNearLossless, {"jls_error": 3})]
)
def test_lossy_compression_changes_little(syntax, options):
    assert np.abs(grey(compressed(twelve_bits(), syntax, **options)) - grey(written(twelve_bits()))).max() <= 2


HT_SYNTAXES = (HTJ2KLossless, HTJ2KLosslessRPCL, HTJ2K)


def high_throughput(values, **options):
    """One frame, by OpenJPH."""
    return bytes(imagecodecs.htj2k_encode(np.asarray(values), **options))


@pytest.mark.parametrize("is_signed", [False, True])
@pytest.mark.parametrize("syntax", HT_SYNTAXES)
def test_high_throughput_jpeg_2000_without_loss_changes_nothing(syntax, is_signed):
    values = (SMOOTH - 2048 * is_signed).astype(np.int16 if is_signed else np.uint16)
    frame = high_throughput(values)
    assert b"\xff\x50" in frame[:80]  # CAP: it is of part 15
    data = encapsulated(twelve_bits(is_signed), frame, syntax)
    assert (grey(data) == grey(written(twelve_bits(is_signed)))).all()


@pytest.mark.parametrize("options", [{"tile": (16, 32)}, {"resolutions": 2}, {"tlm": True}])
def test_high_throughput_jpeg_2000_in_tiles_and_other_forms_is_read(options):
    frame = high_throughput(SMOOTH.astype(np.uint16), **options)
    assert (grey(encapsulated(twelve_bits(), frame, HTJ2KLossless)) == grey(written(twelve_bits()))).all()


def test_high_throughput_jpeg_2000_with_loss_changes_little():
    frame = high_throughput(SMOOTH.astype(np.uint16), reversible=False, level=1 / 2000)
    difference = np.abs(grey(encapsulated(twelve_bits(), frame, HTJ2K)) - grey(written(twelve_bits())))
    assert 0 < difference.max() <= 2


def test_high_throughput_jpeg_2000_cut_at_any_byte_is_never_read():
    frame = high_throughput(SMOOTH.astype(np.uint16))
    for length in range(2, len(frame) - 2, 7):
        for end in (b"", b"\xff\xd9"):
            with pytest.raises(UnreadableImageError):
                read_dicom(encapsulated(twelve_bits(), frame[:length] + end, HTJ2KLossless))


def test_code_blocks_of_both_forms_in_one_image_are_refused():
    frame = high_throughput(SMOOTH.astype(np.uint16))
    style = frame.index(b"\xff\x52") + 12  # COD: the style of code-blocks
    assert frame[style] == 0x40
    mixed = frame[:style] + b"\xc0" + frame[style + 1 :]
    with pytest.raises(UnsupportedDicomError, match="mixes code-blocks of JPEG 2000 and of its high-throughput form"):
        read_dicom(encapsulated(twelve_bits(), mixed, HTJ2K))


@pytest.mark.parametrize(("syntax", "frame"), [(JPEG2000Lossless, high_throughput), (HTJ2KLossless, encode_array)])
def test_each_form_of_jpeg_2000_is_read_under_the_syntax_of_the_other(syntax, frame):
    data = encapsulated(twelve_bits(), bytes(frame(SMOOTH.astype(np.uint16))), syntax)
    assert (grey(data) == grey(written(twelve_bits()))).all()


def test_jpeg_baseline():
    assert np.abs(grey(jpeg_baseline(film(BYTES))) - BYTES).max() <= 2


@pytest.mark.parametrize("syntax", [JPEGLossless, JPEGLosslessSV1])
def test_jpeg_lossless(syntax):
    frame = lossless_jpeg(SMOOTH, 12)
    assert (grey(encapsulated(twelve_bits(), frame, syntax)) == grey(written(twelve_bits()))).all()


def test_jpeg_extended():
    source = pydicom.dcmread(get_testdata_file("JPGExtended.dcm", download=False))
    frame = next(generate_frames(source.PixelData, number_of_frames=1))
    values = source.pixel_array
    assert source.BitsStored == 12
    low, width = int(values.min()), int(values.max() - values.min()) + 1
    window = {"WindowCenter": low + width / 2, "WindowWidth": width}
    data = encapsulated(film(values, 12, **window), frame, JPEGExtended12Bit)
    assert np.abs(grey(data) - grey(written(film(values, 12, **window)))).max() <= 1


def patch(*values):
    """As large as an encoder of JPEG 2000 wants it."""
    return np.resize(np.array(values), (64, 64))


def lossless(bits, *values):
    return lossless_jpeg(patch(*values), bits), JPEGLosslessSV1


def j2k(bits, *values, is_signed=False):
    array = patch(*values).astype(np.int16 if is_signed else np.uint16)
    return bytes(encode_array(array, bits_stored=bits, photometric_interpretation=2)), JPEG2000Lossless


def jls(*values):
    """Announces as many bits as the largest value has."""
    return bytes(jpeg_ls.encode_array(patch(*values).astype(np.uint16))), JPEGLSLossless


def of_twelve_bits(compressed_image, is_signed):
    return encapsulated(film(patch(0, 1), 12, is_signed), *compressed_image)


@pytest.mark.parametrize(
    ("compressed_image", "is_signed", "values"),
    [
        # more bits announced than stored, and fewer
        (lossless(16, 0, 1, 4095), False, (0, 1, 4095)),
        (j2k(16, 0, 1, 4095), False, (0, 1, 4095)),
        (lossless(10, 0, 1, 1023), False, (0, 1, 1023)),
        (lossless(8, 0, 1, 255), False, (0, 1, 255)),
        (jls(0, 1, 300), False, (0, 1, 300)),
        # negative in JPEG: two's complement in the bits stored, or extended to those announced
        (lossless(12, 0xF9C, 100), True, (-100, 100)),
        (lossless(16, 0xFF9C, 100), True, (-100, 100)),
        (lossless(16, 0xF800, 0x7FF), True, (-2048, 2047)),
        (jls(0xF9C, 100), True, (-100, 100)),
        # JPEG 2000 has a sign of its own; another than the data set's does no harm where no value uses it
        (j2k(12, -100, 100, is_signed=True), True, (-100, 100)),
        (j2k(12, 0, 2047), True, (0, 2047)),
        (j2k(12, 0, 2047, is_signed=True), False, (0, 2047)),
    ],
)
def test_compressed_values_that_fit_are_read_whatever_bits_are_announced(compressed_image, is_signed, values):
    assert np.array_equal(read_dicom(of_twelve_bits(compressed_image, is_signed)).values, patch(*values))


@pytest.mark.parametrize(
    ("compressed_image", "is_signed", "sentence"),
    [
        (lossless(16, 0, 4096), False, "holds values of 16 bits that do not fit .*BitsStored 12 .*Representation 0"),
        (lossless(16, 0, 65535), False, "holds values of 16 bits that do not fit"),
        (lossless(16, 0, 0xF7FF), True, "holds values of 16 bits that do not fit .*BitsStored 12 .*Representation 1"),
        (lossless(16, 0, 4096), True, "holds values of 16 bits that do not fit"),
        (jls(0, 5000), False, "holds values of 13 bits that do not fit"),
        (j2k(16, 0, 65535), False, "holds unsigned values of 16 bits that do not fit"),
        (j2k(12, 0, 2048), True, "holds unsigned values of 12 bits that do not fit"),
        (j2k(12, -1, 5, is_signed=True), False, "holds signed values of 12 bits that do not fit"),
    ],
)
def test_compressed_values_that_do_not_fit_the_bits_stored_are_refused(compressed_image, is_signed, sentence):
    with pytest.raises(UnreadableImageError, match=sentence):
        read_dicom(of_twelve_bits(compressed_image, is_signed))


def test_a_progressive_jpeg_is_refused():
    frame = jpeg(BYTES, progressive=True)
    with pytest.raises(UnsupportedDicomError, match="is a progressive, hierarchical or arithmetic JPEG"):
        read_dicom(encapsulated(film(BYTES), frame, JPEGBaseline8Bit))


@pytest.mark.parametrize("has_offsets", [True, False])
@pytest.mark.parametrize("syntax", [RLELossless, JPEG2000Lossless, JPEGLSLossless])
def test_two_compressed_frames_are_refused_where_their_number_is_not_said(syntax, has_offsets):
    dataset = twelve_bits()
    compressed(dataset, syntax)
    frame = get_frame(dataset.PixelData, 0, number_of_frames=1)
    dataset.PixelData = encapsulate([frame, frame], has_bot=has_offsets)
    with pytest.raises(
        (UnsupportedDicomError, UnreadableImageError), match=r"more than one|does not end with the image"
    ):
        read_dicom(as_it_is(dataset))


def test_a_frame_in_pieces_is_read():
    dataset = twelve_bits()
    compressed(dataset, JPEG2000Lossless)
    frame = get_frame(dataset.PixelData, 0, number_of_frames=1)
    dataset.PixelData = encapsulate([frame], fragments_per_frame=3)
    assert (grey(as_it_is(dataset)) == grey(written(twelve_bits()))).all()


def test_deflated():
    assert (grey(deflated(plain_body(twelve_bits()))) == grey(written(twelve_bits()))).all()


@pytest.mark.parametrize(
    ("uid", "name"),
    [
        ("1.2.840.10008.1.2.4.102", "MPEG-4 AVC/H.264 High Profile"),
        ("1.2.840.10008.1.2.4.204", "JPIP HTJ2K Referenced"),
        ("1.2.840.10008.1.2.4.110", "is JPEG XL Lossless (1.2.840.10008.1.2.4.110)"),
        ("1.2.840.10008.1.2.8.1", "is Deflated Image Frame Compression"),
        ("1.2.840.10008.1.2.4.999", "is 1.2.840.10008.1.2.4.999, which Fovea does not know"),
        ("1.2.3.4.5", "is not listed in PS3.6"),
    ],
)
def test_other_syntaxes_are_refused_by_name(uid, name):
    data = deflated(b"", of=uid)
    with pytest.raises(UnsupportedFormatError, match=r"\(0002,0010\) TransferSyntaxUID") as caught:
        read_dicom(data)
    assert name in str(caught.value)
    assert "JPEG-LS Lossless" in str(caught.value)


def test_another_identifier_in_place_of_a_syntax_is_damaged():
    with pytest.raises(UnreadableImageError, match="TransferSyntaxUID identifies something else"):
        read_dicom(deflated(b"", of="1.2.840.10008.5.1.4.1.1.1"))


def test_a_deflated_bomb_is_stopped_at_the_bound(monkeypatch):
    monkeypatch.setattr("fovea.dicom.part10.MAX_INFLATED_BYTES", 100_000)
    with pytest.raises(ImageTooLargeError, match="inflates to over"):
        read_dicom(deflated(bytes(100_001)))


def test_a_deflated_part_that_ends_too_early_is_truncated():
    with pytest.raises(UnreadableImageError, match="deflated data set ends too early"):
        read_dicom(deflated(plain_body(twelve_bits()))[:-20])


@pytest.mark.parametrize("syntax", [JPEG2000Lossless, JPEGLSLossless])
def test_a_compressed_image_larger_than_the_data_set_says_is_not_decoded(syntax):
    dataset = twelve_bits()
    compressed(dataset, syntax)
    dataset.Rows = 20
    with pytest.raises(UnreadableImageError, match=r"compressed image is 64 x 40 pixels, but .* say 64 x 20"):
        read_dicom(as_it_is(dataset))


def test_a_colour_jpeg_under_a_grey_header_is_refused():
    source = pydicom.dcmread(get_testdata_file("SC_rgb_jpeg_dcmtk.dcm", download=False))
    frame = next(generate_frames(source.PixelData, number_of_frames=1))
    with pytest.raises(UnsupportedDicomError, match="compressed image has 3 components"):
        read_dicom(encapsulated(film(np.zeros((100, 100))), frame, JPEGBaseline8Bit))


def test_a_compressed_image_in_thousands_of_pieces_is_refused_before_they_are_joined():
    frame = jpeg(np.array([[0, 50], [100, 255]], dtype=np.uint8))
    empty = b"\xfe\xff\x00\xe0\0\0\0\0"
    for count, is_read in ((4095, True), (4097, False)):
        content = encapsulated(film(), frame, JPEGBaseline8Bit)
        pieces = content.replace(b"\xfe\xff\xdd\xe0", count * empty + b"\xfe\xff\xdd\xe0")
        assert len(pieces) == len(content) + count * len(empty)
        if is_read:
            assert read_dicom(pieces).values.shape == (2, 2)
        else:
            with pytest.raises(
                UnsupportedDicomError, match=r"PixelData is in over 4,096 pieces. Send the film uncompressed"
            ):
                read_dicom(pieces)
