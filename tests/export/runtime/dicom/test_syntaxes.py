"""Every transfer syntax that is read, and those that are refused by name."""

import numpy as np
import pydicom
import pytest
from films import as_it_is, compressed, deflated, encapsulated, film, jpeg_baseline, lossless_jpeg, plain_body, written
from pydicom.data import get_testdata_file
from pydicom.encaps import generate_frames
from pydicom.uid import (
    JPEG2000,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from export.runtime.dicom import read_dicom
from export.runtime.errors import (
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


def test_deflated():
    assert (grey(deflated(plain_body(twelve_bits()))) == grey(written(twelve_bits()))).all()


@pytest.mark.parametrize(
    ("uid", "name"),
    [
        ("1.2.840.10008.1.2.4.102", "MPEG-4 AVC/H.264 High Profile"),
        ("1.2.840.10008.1.2.4.201", "High-Throughput JPEG 2000"),
        ("1.2.3.4.5", "one that PS3.6 does not list"),
    ],
)
def test_other_syntaxes_are_refused_by_name(uid, name):
    data = deflated(b"", of=uid)
    with pytest.raises(UnsupportedFormatError, match=r"\(0002,0010\) TransferSyntaxUID") as caught:
        read_dicom(data)
    assert name in str(caught.value)
    assert "JPEG-LS Lossless" in str(caught.value)


def test_a_deflated_bomb_is_stopped_at_the_bound(monkeypatch):
    monkeypatch.setattr("export.runtime.dicom.part10.MAX_INFLATED_BYTES", 100_000)
    with pytest.raises(ImageTooLargeError, match="inflates to more than"):
        read_dicom(deflated(bytes(100_001)))


def test_a_deflated_part_that_ends_too_early_is_truncated():
    with pytest.raises(UnreadableImageError, match="deflated data set ends too early"):
        read_dicom(deflated(plain_body(twelve_bits()))[:-20])


@pytest.mark.parametrize("syntax", [JPEG2000Lossless, JPEGLSLossless])
def test_a_compressed_image_larger_than_the_data_set_says_is_not_decoded(syntax):
    dataset = twelve_bits()
    compressed(dataset, syntax)
    dataset.Rows = 20
    with pytest.raises(UnsupportedDicomError, match=r"compressed image is 64 x 40 pixels, but .* say 64 x 20"):
        read_dicom(as_it_is(dataset))


def test_a_colour_jpeg_under_a_grey_header_is_refused():
    source = pydicom.dcmread(get_testdata_file("SC_rgb_jpeg_dcmtk.dcm", download=False))
    frame = next(generate_frames(source.PixelData, number_of_frames=1))
    with pytest.raises(UnsupportedDicomError, match="compressed image has 3 components"):
        read_dicom(encapsulated(film(np.zeros((100, 100))), frame, JPEGBaseline8Bit))
