"""Bad values that a film can do without are ignored, and contradictions are read as the pixels prove, with warnings."""

import io

import numpy as np
import pytest
from films import compressed, encapsulated, film, jpeg, lossless_jpeg, lut, written
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEGBaseline8Bit, JPEGLosslessSV1, RLELossless

from fovea.dicom import read_dicom
from fovea.errors import UnreadableImageError, UnsupportedDicomError

VALUES = np.arange(1000, 1600).reshape(20, 30)
SPACING, RATIO = "(0028,0030) PixelSpacing", "(0028,0034) PixelAspectRatio"
CENTER, WIDTH = "(0028,1050) WindowCenter", "(0028,1051) WindowWidth"
COMMAS = "uses commas against PS3.5 6.2. It was read as"


def raw(keyword, value, vr="DS", syntax=ExplicitVRLittleEndian, **elements):
    """A film whose element has this text, whatever pydicom thinks of it."""
    placeholder = "777777.5" if vr == "DS" else "77777777"
    placeholder += "7" * max(0, len(value) - len(placeholder))
    dataset = film(VALUES, 12, **elements)
    dataset.add_new(keyword, vr, placeholder)
    data = written(dataset, syntax)
    assert data.count(placeholder.encode()) == 1
    return data.replace(placeholder.encode(), value.ljust(len(placeholder)).encode())


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
@pytest.mark.parametrize(
    ("keyword", "value", "aspect", "warnings"),
    [
        ("PixelSpacing", "0,286\\0,143", 2, (f"{SPACING} {COMMAS} 2 numbers.",)),
        ("PixelSpacing", "0.286,0.143", 2, (f"{SPACING} {COMMAS} 2 numbers.",)),
        ("PixelSpacing", ",25\\,5", 0.5, (f"{SPACING} {COMMAS} 2 numbers.",)),
        ("PixelSpacing", "0,286,0,143", 1, (f"{SPACING} is invalid and was ignored.",)),
        ("PixelSpacing", "1,286\\2,143", 1, (f"{SPACING} is invalid and was ignored.",)),
        ("PixelSpacing", "NaN\\0.143", 1, (f"{SPACING} is invalid and was ignored.",)),
        ("PixelSpacing", "inf\\inf", 1, (f"{SPACING} is invalid and was ignored.",)),
        ("PixelSpacing", "0.0\\0.0", 1, (f"{SPACING} is invalid and was ignored.",)),
        ("PixelSpacing", "-.2\\-.1", 1, (f"{SPACING} is invalid and was ignored.",)),
        ("PixelSpacing", "0.143", 1, (f"{SPACING} is invalid and was ignored.",)),
        ("PixelSpacing", "Doe^Jane", 1, (f"{SPACING} is invalid and was ignored.",)),
    ],
)
def test_spacings(syntax, keyword, value, aspect, warnings):
    read = read_dicom(raw(keyword, value, syntax=syntax))
    assert (read.aspect, read.warnings) == (aspect, warnings)


def test_a_bad_spacing_leaves_the_next_one():
    read = read_dicom(raw("PixelSpacing", "NaN\\0.143", ImagerPixelSpacing=[0.2, 0.1]))
    assert read.aspect == 2
    assert read_dicom(written(film(PixelAspectRatio=[0, 1]))).warnings == (f"{RATIO} is invalid and was ignored.",)


AS_IF_ABSENT = np.asarray(read_dicom(written(film(VALUES, 12))).render())


@pytest.mark.parametrize(
    ("elements", "warning"),
    [
        ({"WindowCenter": 5, "WindowWidth": 0}, f"{WIDTH} is 0. LINEAR needs at least 1. The window was ignored."),
        ({"WindowCenter": 5, "WindowWidth": -9}, f"{WIDTH} is -9. LINEAR needs at least 1. The window was ignored."),
        (
            {"WindowCenter": 5, "WindowWidth": 0.41},
            f"{WIDTH} is 0.41. LINEAR needs at least 1. The window was ignored.",
        ),
        (
            {"WindowCenter": 5, "WindowWidth": 0, "VOILUTFunction": "SIGMOID"},
            f"{WIDTH} is 0. SIGMOID needs more than 0. The window was ignored.",
        ),
        (
            {"WindowCenter": 5, "WindowWidth": "1e10"},
            f"{WIDTH} is another number. Fovea reads widths from 1e-06 and numbers up to 1e+09. "
            "The window was ignored.",
        ),
        (
            {"WindowCenter": [5, 6], "WindowWidth": 10},
            f"{CENTER} has 2 values and {WIDTH} 1. They must come in pairs, so they were ignored.",
        ),
        ({"WindowCenter": 5}, f"{CENTER} has 1 values and {WIDTH} 0. They must come in pairs, so they were ignored."),
    ],
)
def test_a_window_that_is_none_counts_as_absent(elements, warning):
    read = read_dicom(written(film(VALUES, 12, **elements)))
    assert np.array_equal(read.render(), AS_IF_ABSENT)
    assert read.warnings == (warning,)


@pytest.mark.parametrize("value", ["NaN", "2,048", "abc"])
def test_a_window_that_is_no_number_counts_as_absent(value):
    read = read_dicom(raw("WindowWidth", value, WindowCenter=1300))
    assert np.array_equal(read.render(), AS_IF_ABSENT)
    assert read.warnings[0] == f"{WIDTH} is invalid and was ignored."


def test_a_window_with_decimal_commas_is_read():
    read = read_dicom(raw("WindowWidth", "600,5", WindowCenter=1300))
    assert read.default_voi.width == 600.5
    assert read.warnings == (f"{WIDTH} {COMMAS} 1 number.",)


def test_a_slope_that_is_no_number_refuses_and_one_with_a_decimal_comma_is_read():
    assert read_dicom(raw("RescaleSlope", "1,25")).modality.slope == 1.25
    for value in ("NaN", "1,250", "abc"):
        with pytest.raises((UnreadableImageError, UnsupportedDicomError), match="RescaleSlope"):
            read_dicom(raw("RescaleSlope", value))


def test_the_good_one_of_two_windows_is_left():
    elements = {"WindowCenter": [5, 1300], "WindowWidth": [0, 600], "WindowCenterWidthExplanation": ["BONE", "LUNG"]}
    read = read_dicom(written(film(VALUES, 12, **elements)))
    assert [(window.center, window.explanation) for window in read.voi] == [(1300, "LUNG")]


@pytest.mark.parametrize("number", ["0", "-1", "0\\1", "", "NaN", "x"])
def test_a_number_of_frames_that_is_none_counts_as_absent(number):
    data = raw("NumberOfFrames", number, vr="IS") if number else written(film(VALUES, 12, NumberOfFrames=""))
    read = read_dicom(data)
    assert np.array_equal(read.values, VALUES)
    assert read.warnings == (("(0028,0008) NumberOfFrames is invalid and was ignored.",) if number else ())


def test_no_frames_with_the_pixels_of_two_are_refused():
    pixels = np.tile(VALUES, (2, 1)).astype("<u2").tobytes()
    with pytest.raises(UnsupportedDicomError, match="Send a single frame"):
        read_dicom(written(film(VALUES, 12, NumberOfFrames=0, PixelData=pixels)))
    with pytest.raises(UnsupportedDicomError, match=r"NumberOfFrames is 2\. Send a single frame"):
        read_dicom(raw("NumberOfFrames", "0\\2", vr="IS"))


def empty_item(**elements):
    item = Dataset()
    for keyword, vr in {
        "LUTDescriptor": "US",
        "LUTExplanation": "LO",
        "ModalityLUTType": "LO",
        "LUTData": "US",
    }.items():
        item.add_new(keyword, vr, elements.get(keyword))
    return item


@pytest.mark.parametrize("item", [Dataset(), empty_item(), empty_item(LUTDescriptor=[0, 0, 0])])
@pytest.mark.parametrize("keyword", ["ModalityLUTSequence", "VOILUTSequence"])
def test_an_empty_table_is_nothing_to_apply(keyword, item):
    read = read_dicom(written(film(VALUES, 12, WindowCenter=1300, WindowWidth=600, **{keyword: [item]})))
    assert np.array_equal(read.values, VALUES)
    assert [type(voi).__name__ for voi in read.voi] == ["Window"]
    name = {"ModalityLUTSequence": "(0028,3000)", "VOILUTSequence": "(0028,3010)"}[keyword]
    assert read.warnings == (f"{name} {keyword} has an empty item, which was ignored.",)


def test_a_table_without_entries_or_without_a_descriptor_is_not_empty():
    full = lut([0, 255], 0, 8)
    for missing in ("LUTData", "LUTDescriptor"):
        item = Dataset()
        item.update({element.tag: element for element in full if element.keyword != missing})
        with pytest.raises((UnreadableImageError, UnsupportedDicomError), match=missing):
            read_dicom(written(film(VALUES, 12, ModalityLUTSequence=[item])))


# Tables whose entries have other bits than their descriptor says.


@pytest.mark.parametrize(
    ("entries", "bits", "white"),
    [
        ([0, 1024, 2048, 4095], 16, 4095),
        ([0, 1000, 2000, 4000], 16, 4000),
        ([0, 1024, 2048, 4095], 8, 4095),
        ([0, 16_384, 32_768, 65_535], 12, 65_535),
        ([0, 255, 510, 1023], 12, 1023),
    ],
)
@pytest.mark.parametrize("is_ow", [False, True])
def test_the_greatest_entry_is_white_where_the_descriptor_says_other_bits(entries, bits, white, is_ow):
    read = read_dicom(written(film([[0, 1, 2, 3]], VOILUTSequence=[lut(entries, 0, bits, is_ow)])))
    assert np.asarray(read.render())[0].tolist() == pytest.approx([0, 64, 128, 255], abs=1)
    assert read.warnings == (
        f"(0028,3002) LUTDescriptor in (0028,3010) VOILUTSequence says {bits} bits, "
        f"but the greatest entry is {white:,}. That entry was taken as white.",
    )


@pytest.mark.parametrize(("greatest", "bits"), [(65_535, 16), (32_768, 16), (3000, 12), (2048, 12), (255, 8), (128, 8)])
def test_a_table_that_uses_the_highest_of_its_bits_is_as_its_descriptor_says(greatest, bits):
    read = read_dicom(written(film([[0, 1, 2, 3]], VOILUTSequence=[lut([0, 1, 2, greatest], 0, bits)])))
    assert np.asarray(read.render()).max() == round(255 * greatest / (2**bits - 1))
    assert read.warnings == ()


# Pixels in the highest bits.


def justified(values, *, high=15, stored=12, make=written, **elements):
    return make(film(values, 16, BitsStored=stored, HighBit=high, **elements))


@pytest.mark.parametrize("make", [written, lambda dataset: compressed(dataset, RLELossless)])
@pytest.mark.parametrize(("high", "stored"), [(15, 12), (15, 10), (13, 12), (11, 10)])
def test_pixels_in_the_highest_bits_are_shifted(make, high, stored):
    shift = high + 1 - stored
    values = np.array([[0, 1, (1 << stored) - 1, 300]])
    read = read_dicom(justified(values << shift, high=high, stored=stored, make=make))
    assert np.array_equal(read.values, values)
    assert read.warnings == (
        f"(0028,0102) HighBit is {high} with {stored} bits stored. The pixels were shifted by {shift} bits.",
    )


def test_signed_pixels_in_the_highest_bits_keep_their_sign():
    values = np.array([[-2048, -1, 0, 2047]])
    data = justified((values << 4) & 0xFFFF, PixelRepresentation=1)
    assert np.array_equal(read_dicom(data).values, values)


@pytest.mark.parametrize(
    "data",
    [
        justified([[0, 1, 2, 4095]]),  # in the lowest bits, against the header
        justified([[0, 16, 32, 4080]]),  # nothing tells
        justified([[0, 1, 4097, 65_535]]),  # in all bits
        justified(np.array([[0, 1, 2, 4095]]) << 4, PixelPaddingValue=0),
        encapsulated(
            film([[0, 16, 32, 65_520]], 16, BitsStored=12, HighBit=15),
            lossless_jpeg(np.array([[0, 16, 32, 65_520]]), 16),
            JPEGLosslessSV1,
        ),
    ],
    ids=["lowest", "either", "all", "padding", "compressed"],
)
def test_pixels_that_do_not_prove_where_they_lie_are_refused(data):
    with pytest.raises(UnreadableImageError, match=r"HighBit is 15 with 12 bits stored|do not fit .*BitsStored"):
        read_dicom(data)


# Windows that fit other values.


def contrast(low, high, **elements):
    values = np.linspace(low, high, 600).astype(int).reshape(20, 30)
    return read_dicom(written(film(values, 12, WindowCenter=2048, WindowWidth=4096, **elements))).warnings


def test_a_film_that_fills_under_a_quarter_of_the_greys_says_so():
    said = contrast(0, 255)
    assert said == ("The film fills only 17 of 256 greys with its own window, so the window may not fit it.",)
    assert contrast(2000, 2900) != ()
    assert contrast(0, 255, PhotometricInterpretation="MONOCHROME1") != ()
    assert contrast(0, 1200) == ()
    assert contrast(2000, 3200) == ()


def test_letters_and_padding_do_not_count_as_contrast():
    values = np.linspace(0, 200, 4000).astype(int)
    values[:8] = 4095
    data = written(film(values.reshape(50, 80), 12, WindowCenter=2048, WindowWidth=4096))
    assert "fills only" in read_dicom(data).warnings[0]
    padded = np.linspace(3800, 4000, 4000).astype(int)
    padded[:1000] = 0
    data = written(film(padded.reshape(50, 80), 12, PixelPaddingValue=0, WindowCenter=2048, WindowWidth=4096))
    assert "fills only" in read_dicom(data).warnings[0]


def test_grey_levels_of_eight_bits_are_counted_too():
    grey = (100 + np.arange(600).reshape(20, 30) % 40).astype(np.uint8)
    read = read_dicom(encapsulated(film(grey), jpeg(grey, quality=95), JPEGBaseline8Bit))
    assert "fills only" in read.warnings[0]
    assert np.array_equal(read_dicom(written(film(grey))).render(), grey)


def test_what_is_read_from_a_file_is_what_was_written():
    """The premise of `raw`: pydicom itself reads these texts back."""
    assert dcmread(io.BytesIO(raw("WindowWidth", "600.5", WindowCenter=1300))).WindowWidth == 600.5
