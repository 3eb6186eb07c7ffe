"""From stored values to grey, as PS3.3 C.11 says: a row per rule."""

import numpy as np
import pytest
from films import ABSENT, compressed, film, lut, written
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless

from fovea.dicom import Window, read_dicom
from fovea.errors import UnreadableImageError, UnsupportedDicomError

EXACT = "LINEAR_EXACT"
FULL_8 = {"WindowCenter": 128, "WindowWidth": 256}
FULL_12 = {"WindowCenter": 2048, "WindowWidth": 4096}
AROUND_0 = {"WindowCenter": 0.5, "WindowWidth": 201}
SHIFTED = {"RescaleSlope": 1, "RescaleIntercept": -1024}
RAISED = {"RescaleSlope": 1, "RescaleIntercept": 32768}
FROM_40000 = lut([1, 60, 120, 255], 40000, 8)
TO_40000 = lut([40000, 40001, 40002, 40003], -1, 16)


def grey(dataset, syntax=ExplicitVRLittleEndian):
    return np.asarray(read_dicom(written(dataset, syntax)).render()).tolist()


@pytest.mark.parametrize(
    ("dataset", "expected"),
    [
        # 8 bits without a window are grey levels already
        (film([[0, 50, 100, 255]]), [0, 50, 100, 255]),
        # and stay so behind a rescale that changes nothing
        (film([[0, 50, 100, 255]], RescaleSlope=1, RescaleIntercept=0), [0, 50, 100, 255]),
        # MONOCHROME1 shows its lowest value white
        (film([[0, 50, 100, 255]], PhotometricInterpretation="MONOCHROME1"), [255, 205, 155, 0]),
        # 12 bits in 16, whole range: C.11.2.1.2.1 with c = 2048, w = 4096 maps 0 to 0 and 4095 to 1
        (film([[0, 1024, 2048, 4095]], bits=12, **FULL_12), [0, 64, 128, 255]),
        # overlay bits above BitsStored are no part of the value
        (film([[0xF000, 0xF400, 0xF800, 0xFFFF]], bits=16, BitsStored=12, HighBit=11, **FULL_12), [0, 64, 128, 255]),
        # signed values in two's complement of 16 bits
        (film([[-100, -50, 0, 100]], 16, True, **AROUND_0), [0, 64, 128, 255]),
        # signed in 12 of 16 bits, without sign extension: 0xF9C is -100
        (
            film([[0xF9C, 0xFCE, 0, 100]], 16, PixelRepresentation=1, BitsStored=12, HighBit=11, **AROUND_0),
            [0, 64, 128, 255],
        ),
        # a narrow window clips on both sides
        (film([[0, 100, 101, 255]], WindowCenter=101, WindowWidth=2), [0, 0, 255, 255]),
        # width 1 is a threshold at centre - 0.5
        (film([[0, 100, 101, 255]], WindowCenter=101, WindowWidth=1), [0, 0, 255, 255]),
        # LINEAR_EXACT, C.11.2.1.3.2
        (
            film([[0, 64, 128, 255]], WindowCenter=128, WindowWidth=256, VOILUTFunction="LINEAR_EXACT"),
            [0, 64, 128, 254],
        ),
        # SIGMOID, C.11.2.1.3.1: half at the centre, 1 / (1 + e^2) half a width below
        (film([[64, 128, 192, 255]], WindowCenter=128, WindowWidth=128, VOILUTFunction="SIGMOID"), [30, 128, 225, 250]),
        # the first of several windows counts
        (film([[0, 50, 100, 255]], WindowCenter=[128, 5], WindowWidth=[256, 2]), [0, 50, 100, 255]),
        # rescale before the window: 2 v - 100
        (
            film([[0, 50, 100, 150]], RescaleSlope=2, RescaleIntercept=-100, WindowCenter=50.5, WindowWidth=301),
            [0, 85, 170, 255],
        ),
        # a modality LUT replaces the value; inputs under `first` take the first entry, beyond the end the last
        (film([[0, 10, 11, 200]], ModalityLUTSequence=[lut([7, 90, 255], 10, 8)], **FULL_8), [7, 7, 90, 255]),
        # a VOI LUT of 12 bits an entry is scaled from its own range, and goes before a window
        (
            film([[0, 1, 2, 3]], VOILUTSequence=[lut([0, 1024, 2048, 4095], 0, 12)], WindowCenter=1, WindowWidth=1),
            [0, 64, 128, 255],
        ),
        # the same table as OW
        (film([[0, 1, 2, 3]], VOILUTSequence=[lut([0, 1024, 2048, 4095], 0, 12, is_ow=True)]), [0, 64, 128, 255]),
        # inputs above 255 in a table of 8-bit entries
        (film([[0, 300, 301, 999]], 12, VOILUTSequence=[lut([3, 9, 200], 300, 8)]), [3, 3, 9, 200]),
        # a negative first input
        (film([[-2, -1, 0, 1]], 16, True, VOILUTSequence=[lut([1, 60, 120, 255], -2, 8)]), [1, 60, 120, 255]),
        # a VOI LUT's first input has the sign of what the modality LUT gives: -1024 as SS
        (film([[0, 1, 2, 3]], 12, VOILUTSequence=[lut([1, 60, 120, 255], -1024, 8)], **SHIFTED), [1, 60, 120, 255]),
        # and as US
        (film([[0, 1, 2, 3]], 12, VOILUTSequence=[lut([1, 60, 120, 255], 64512, 8)], **SHIFTED), [1, 60, 120, 255]),
        # signed values made positive: 40000 stays 40000
        (film([[7232, 7233, 7234, 7235]], 16, True, VOILUTSequence=[FROM_40000], **RAISED), [1, 60, 120, 255]),
        # the same behind a modality LUT, whose entries have no sign
        (
            film([[-1, 0, 1, 2]], 16, True, VOILUTSequence=[FROM_40000], ModalityLUTSequence=[TO_40000]),
            [1, 60, 120, 255],
        ),
        # and that first input written as SS, as it is read in Implicit VR
        (
            film(
                [[7232, 7233, 7234, 7235]],
                16,
                True,
                VOILUTSequence=[lut([1, 60, 120, 255], 40000 - 65536, 8)],
                **RAISED,
            ),
            [1, 60, 120, 255],
        ),
        # padding stays black, whichever end is white, and does not stretch the window
        (
            film([[100, 200, 300, 4000]], 12, PixelPaddingValue=4000, PhotometricInterpretation="MONOCHROME1"),
            [255, 127, 0, 0],
        ),
        # a range of padding
        (film([[100, 300, 3990, 4000]], 12, PixelPaddingValue=3990, PixelPaddingRangeLimit=4095), [0, 255, 0, 0]),
    ],
)
def test_stored_values_become_grey_by_the_rule(dataset, expected):
    assert grey(dataset)[0] == pytest.approx(expected, abs=1)


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian])
def test_native_encodings_give_the_same_grey(syntax):
    values = [[0, 1024, 2048, 4095]]
    assert grey(film(values, bits=12, **FULL_12), syntax) == [[0, 64, 128, 255]]


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian])
@pytest.mark.parametrize("table", [[1, 60, 120, 255], [1, 60, 255]])
def test_8_bit_entries_packed_in_words_are_read_in_either_byte_order(syntax, table):
    """PS3.3 C.11.1.1.1: the first of two stands in the low byte of its word."""
    item = lut(table, 0, 8, is_ow=True)
    item.LUTData = bytes(table) + bytes(len(table) % 2)
    if syntax == ExplicitVRBigEndian:
        item.LUTData = np.frombuffer(item.LUTData, "<u2").astype(">u2").tobytes()
    values = list(range(len(table)))
    assert grey(film([values], VOILUTSequence=[item]), syntax) == [table]


def test_entries_of_more_than_8_bits_are_never_packed():
    item = lut([0, 1, 2, 3], 0, 10, is_ow=True)
    item.LUTData = item.LUTData[:4]
    with pytest.raises(UnreadableImageError, match=r"LUTData has 2 entries of the 4 announced"):
        read_dicom(written(film(VOILUTSequence=[item])))


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian])
@pytest.mark.parametrize(("stored", "elements", "first"), [(0, "SHIFTED", -1024), (7232, "RAISED", 40000)])
def test_the_first_input_is_the_same_in_every_native_encoding(syntax, stored, elements, first):
    item = lut([1, 60, 120, 255], first, 8)
    values = [[stored, stored + 1, stored + 2, stored + 3]]
    elements = {"SHIFTED": SHIFTED, "RAISED": RAISED}[elements]
    assert grey(film(values, 16, first > 0, VOILUTSequence=[item], **elements), syntax) == [[1, 60, 120, 255]]


def test_explanations_stay_beside_their_windows():
    elements = {"WindowCenter": [100, 200], "WindowWidth": [50, 60], "WindowCenterWidthExplanation": ["", "LUNG"]}
    assert [window.explanation for window in read_dicom(written(film(**elements))).voi] == ["", "LUNG"]


def test_both_photometric_forms_of_a_study_look_the_same_to_one_level():
    values = np.random.default_rng(0).integers(0, 4096, (64, 64))
    second = grey(film(values, bits=12, WindowCenter=1800, WindowWidth=2500))
    first = film(4095 - values, 12, PhotometricInterpretation="MONOCHROME1", WindowCenter=2295, WindowWidth=2500)
    assert np.abs(np.subtract(grey(first), second)).max() <= 1


def test_without_a_window_the_middle_99_percent_of_the_values_fill_the_greys():
    values = np.arange(1000, 3000).reshape(40, 50)
    image = np.asarray(read_dicom(written(film(values, bits=12))).render())
    assert (image[0, 0], image[-1, -1], image[20, 0]) == (0, 255, 128)


@pytest.mark.parametrize("elements", [{}, {"PixelPaddingValue": 900}, {"RescaleSlope": "-0.37", "RescaleIntercept": 5}])
@pytest.mark.parametrize("size", [(2, 2), (3, 5), (40, 50), (61, 83)])
def test_the_window_of_a_film_without_one_lies_between_percentiles_as_numpy_gives_them(elements, size):
    values = np.random.default_rng(0).integers(900, 1300, size) ** 2 // 500
    read = read_dicom(written(film(values, 12, **elements)))
    low, high = np.percentile(read.values[~read.is_padding], (0.5, 99.5))
    assert read.default_voi == Window((low + high) / 2, high - low, EXACT)


def test_a_film_is_drawn_once():
    read = read_dicom(written(film([[0, 50, 100, 255]])))
    assert read.render() is read.render()
    assert read.render(read.voi[0]) == read.render()


def test_another_window_shows_the_same_values_otherwise():
    read = read_dicom(written(film([[0, 50, 100, 255]])))
    assert np.asarray(read.render(Window(75, 50, "LINEAR_EXACT"))).tolist() == [[0, 0, 255, 255]]


@pytest.mark.parametrize(
    ("elements", "size"),
    [
        ({"PixelSpacing": [0.2, 0.1]}, (4, 4)),
        ({"ImagerPixelSpacing": [0.1, 0.2]}, (8, 2)),
        ({"NominalScannedPixelSpacing": [0.2, 0.1]}, (4, 4)),
        ({"NominalScannedPixelSpacing": [0.2, 0.1], "PixelAspectRatio": [1, 1]}, (4, 4)),
        ({"ImagerPixelSpacing": [0.1, 0.1], "NominalScannedPixelSpacing": [0.2, 0.1]}, (4, 2)),
        ({"PixelAspectRatio": [3, 1]}, (4, 6)),
        ({"PixelSpacing": [0.1, 0.1], "PixelAspectRatio": [3, 1]}, (4, 2)),
    ],
)
def test_pixels_become_square(elements, size):
    dataset = film([[0, 50, 100, 255]] * 2, **elements)
    assert read_dicom(written(dataset)).render().size == size


@pytest.mark.parametrize(
    ("elements", "sentence"),
    [
        ({"RescaleSlope": 0, "RescaleIntercept": 1}, r"\(0028,1053\) RescaleSlope is 0"),
        ({"WindowCenter": 5, "WindowWidth": 9, "VOILUTFunction": "CUBIC"}, r"\(0028,1056\) VOILUTFunction is unknown"),
        ({"VOILUTSequence": [lut([1, 2], 0, 9)]}, r"\(0028,3002\) LUTDescriptor .* the last 8 or 10 to 16"),
        ({"HighBit": 3}, r"\(0028,0102\) HighBit is 3 with 8 bits stored. It must be 7"),
        ({"BitsAllocated": 32}, r"\(0028,0100\) BitsAllocated is 32. Fovea reads 8 and 16"),
        ({"BitsStored": 12}, r"\(0028,0101\) BitsStored is 12. It must be a whole number from 1 to 8"),
        ({"PixelRepresentation": ABSENT}, r"\(0028,0103\) PixelRepresentation is missing"),
        ({"PixelSpacing": [9, 1]}, "makes pixels 9 times as high as wide. Fovea reads 0.25 to 4 times"),
        (
            {"PixelPaddingValue": 0, "PixelPaddingRangeLimit": 255},
            "The film is empty: every pixel has the padding value",
        ),
        ({"WindowCenter": 5000, "WindowWidth": 9}, "The film is empty: its own window shows a single grey"),
        ({"PresentationLUTShape": "INVERSE"}, r"\(2050,0020\) PresentationLUTShape is INVERSE with MONOCHROME2"),
    ],
)
def test_what_cannot_be_shown_for_sure_is_refused_by_tag(elements, sentence):
    with pytest.raises(UnsupportedDicomError, match=sentence):
        read_dicom(written(film(**elements)))


def test_a_film_of_one_value_is_refused():
    with pytest.raises(UnsupportedDicomError, match="The film is empty: every pixel has the same value"):
        read_dicom(written(film([[7, 7], [7, 7]])))


@pytest.mark.parametrize("stored", [b" MONOCHROME1", b"monochrome1 ", b"MonoChrome1\0"])
@pytest.mark.parametrize("make", [written, lambda dataset: compressed(dataset, RLELossless)])
def test_monochrome1_is_inverted_however_it_is_written(make, stored):
    """PS3.5 6.2: spaces around a code string do not count; writers that use small letters mean the same."""
    data = make(film([[0, 50, 100, 255]], PhotometricInterpretation="MONOCHROME1"))
    assert data.count(b"MONOCHROME1 ") == 1
    changed = read_dicom(data.replace(b"MONOCHROME1 ", stored)).render()
    assert np.asarray(changed).tolist() == [[255, 205, 155, 0]]


def test_a_table_is_called_what_the_file_calls_it_if_that_is_a_common_word():
    tables = [lut([0, 255], 0, 8), lut([0, 255], 0, 8)]
    tables[0].LUTExplanation, tables[1].LUTExplanation = "Harder", "Doe^Jane"
    assert [table.explanation for table in read_dicom(written(film(VOILUTSequence=tables))).voi] == ["HARDER", ""]
