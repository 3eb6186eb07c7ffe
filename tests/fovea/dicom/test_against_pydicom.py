"""The grayscale transformations beside pydicom's own: the same results, or a row that says from PS3 why not."""

import io
import struct

import numpy as np
import pytest
from films import film, lut, written
from pydicom import dcmread
from pydicom.pixels import apply_modality_lut, apply_voi_lut, apply_windowing

from fovea.dicom import LookUpTable, read_dicom

FULL = {"WindowCenter": 2048, "WindowWidth": 4096}
BYTES = [[0, 50, 100, 255]]
TWELVE = [[0, 1024, 2048, 4095]]
SIGNED = [[-100, -50, 0, 100]]
TABLE_8, TABLE_16 = lut([7, 90, 255], 10, 8), lut([500, 40_000, 65_535], -50, 16)
BRIGHT = lut([1, 60, 120, 255], 0, 8)
STEEP = lut([0, 1024, 2048, 4095], 0, 12)


def read_by_both(dataset):
    """Our film, pydicom's data set as read from the same file, and the stored values as pydicom decodes them."""
    data = written(dataset)
    reference = dcmread(io.BytesIO(data))
    return read_dicom(data), reference, reference.pixel_array


@pytest.mark.parametrize("sign", [0, 1])
def test_stored_values_are_those_of_pydicom_whatever_stands_above_their_bits(sign):
    dataset = film([[0xF000, 0xF400, 0xF800, 0xFFFF]], 16, BitsStored=12, HighBit=11, PixelRepresentation=sign)
    ours, _, stored = read_by_both(dataset)
    assert stored.tolist() == [[[0, 1024, 2048, 4095], [0, 1024, -2048, -1]][sign]]
    assert np.array_equal(ours.values, stored)


MODALITY = {
    "no transformation": film(BYTES),
    "whole numbers": film(TWELVE, 12, RescaleSlope=2, RescaleIntercept=-100),
    "fractions": film(TWELVE, 12, RescaleSlope="0.37", RescaleIntercept="-1024.5"),
    "negative slope": film(TWELVE, 12, RescaleSlope=-1, RescaleIntercept=4095),
    "signed": film(SIGNED, 16, True, RescaleSlope="1.5", RescaleIntercept=10),
    "MONOCHROME1": film(BYTES, RescaleSlope=2, RescaleIntercept=1, PhotometricInterpretation="MONOCHROME1"),
    "table of 8 bits": film([[0, 10, 11, 200]], ModalityLUTSequence=[TABLE_8]),
    "table of 16 bits, signed first input": film([[-60, -50, -49, 99]], 16, True, ModalityLUTSequence=[TABLE_16]),
    "table in OW": film([[0, 1, 2, 3]], ModalityLUTSequence=[lut([9, 8, 7, 6], 1, 16, is_ow=True)]),
    "table before a rescale": film(BYTES, ModalityLUTSequence=[TABLE_8], RescaleSlope=2, RescaleIntercept=1),
}


@pytest.mark.parametrize("dataset", MODALITY.values(), ids=MODALITY)
def test_modality_values_are_those_of_pydicom(dataset):
    ours, reference, stored = read_by_both(dataset)
    assert ours.values == pytest.approx(apply_modality_lut(stored, reference), rel=1e-6)


def windowed(values, bits=12, is_signed=False, **elements):
    return film(values, bits, is_signed, **FULL | elements)


def around_0(function):
    return windowed(SIGNED, 16, True, WindowCenter=-20, WindowWidth=150, VOILUTFunction=function)


WINDOWS = {
    "LINEAR": windowed(TWELVE),
    "LINEAR that clips": windowed(TWELVE, WindowCenter=1500, WindowWidth=1200),
    "LINEAR of width 1": windowed([[0, 100, 101, 255]], WindowCenter=101, WindowWidth=1),
    "LINEAR of width 2": windowed([[0, 100, 101, 255]], WindowCenter=101, WindowWidth=2),
    "LINEAR with fractions": windowed(TWELVE, WindowCenter="1234.5", WindowWidth="1000.25"),
    "LINEAR_EXACT": windowed(TWELVE, VOILUTFunction="LINEAR_EXACT"),
    "LINEAR_EXACT narrower than 1": windowed(
        [[0, 99, 100, 101]], WindowCenter=100, WindowWidth="0.5", VOILUTFunction="LINEAR_EXACT"
    ),
    "SIGMOID": windowed(TWELVE, WindowWidth=900, VOILUTFunction="SIGMOID"),
    **{f"signed {function}": around_0(function) for function in ("LINEAR", "LINEAR_EXACT", "SIGMOID")},
    "behind a rescale": windowed(TWELVE, RescaleSlope="0.5", RescaleIntercept=-100, WindowCenter=700, WindowWidth=900),
    "behind a table": windowed(
        BYTES, 8, ModalityLUTSequence=[lut([7, 90, 255], 10, 8)], WindowCenter=90, WindowWidth=200
    ),
    "MONOCHROME1": windowed(TWELVE, WindowWidth=3000, PhotometricInterpretation="MONOCHROME1"),
}


def output_range(dataset):
    """Black and white of a window as pydicom gives them: of the values that the bits could have, not of the display."""
    wide = dcmread(io.BytesIO(written(dataset)))
    wide.WindowCenter, wide.WindowWidth, wide.VOILUTFunction = 0, 1e-3, "LINEAR_EXACT"
    black, white = apply_windowing(np.array([-1e6, 1e6]), wide)
    assert black < white
    return black, white


@pytest.mark.parametrize("dataset", WINDOWS.values(), ids=WINDOWS)
def test_greys_of_a_window_are_those_of_pydicom(dataset):
    ours, reference, stored = read_by_both(dataset)
    modality_values = apply_modality_lut(stored, reference)
    black, white = output_range(dataset)
    expected = (apply_voi_lut(modality_values, reference) - black) / (white - black)
    assert ours.default_voi.apply(ours.values) == pytest.approx(expected, abs=1e-6)
    if dataset.PhotometricInterpretation == "MONOCHROME1":  # pydicom leaves that to the viewer
        expected = 1 - expected
    assert np.asarray(ours.render()) == pytest.approx(255 * expected, abs=0.51)


TABLES = {
    "8 bits an entry": film([[0, 1, 2, 9]], VOILUTSequence=[BRIGHT]),
    "12 bits an entry": film([[0, 1, 2, 9]], VOILUTSequence=[STEEP]),
    "in OW": film([[0, 1, 2, 9]], VOILUTSequence=[lut([0, 1024, 2048, 4095], 0, 12, is_ow=True)]),
    "before a window": film([[0, 1, 2, 3]], VOILUTSequence=[STEEP], WindowCenter=1, WindowWidth=1),
    "first input above 0": film([[0, 300, 301, 302]], 12, VOILUTSequence=[lut([3, 9, 200], 300, 10)]),
    "first input below 0": film([[-3, -2, 0, 5]], 16, True, VOILUTSequence=[lut([1, 60, 120, 255], -2, 8)]),
    "behind a table": film(
        [[-1, 0, 1, 2]],
        16,
        True,
        ModalityLUTSequence=[lut([300, 301, 302, 303], -1, 16)],
        VOILUTSequence=[lut([1, 60, 120, 255], 300, 8)],
    ),
    "MONOCHROME1": film([[0, 1, 2, 9]], VOILUTSequence=[STEEP], PhotometricInterpretation="MONOCHROME1"),
}


@pytest.mark.parametrize("dataset", TABLES.values(), ids=TABLES)
def test_entries_of_a_voi_table_are_those_of_pydicom(dataset):
    ours, reference, stored = read_by_both(dataset)
    assert isinstance(ours.default_voi, LookUpTable)
    expected = apply_voi_lut(apply_modality_lut(stored, reference), reference)
    assert np.array_equal(ours.default_voi.look_up(ours.values), expected)


def test_each_of_several_windows_and_tables_is_that_of_pydicom():
    windows = film(TWELVE, 12, WindowCenter=[2048, 1500], WindowWidth=[4096, 1200])
    ours, reference, stored = read_by_both(windows)
    for index, window in enumerate(ours.voi):
        assert window.apply(ours.values) == pytest.approx(apply_voi_lut(stored, reference, index) / 4095, abs=1e-6)
    ours, reference, stored = read_by_both(film([[0, 1, 2, 3]], VOILUTSequence=[BRIGHT, STEEP]))
    for index, table in enumerate(ours.voi):
        assert np.array_equal(table.look_up(ours.values), apply_voi_lut(stored, reference, index))
    assert index == 1


# From here on pydicom differs; the docstring says which section of PS3 is on our side.


def test_a_slope_without_an_intercept_counts():
    """PS3.3 C.11.1: the output is slope times the stored value. pydicom drops a slope that stands alone."""
    ours, reference, stored = read_by_both(film(BYTES, RescaleSlope=2))
    assert ours.values.tolist() == [[0, 100, 200, 510]]
    assert apply_modality_lut(stored, reference).tolist() == BYTES


def test_a_modality_table_reaches_over_all_signed_inputs():
    """PS3.3 C.11.1.1: each input takes the next entry. pydicom subtracts within 16 bits, which wrap around."""
    entries = lut(list(range(65_536)), -32_768, 16, is_ow=True)
    entries.LUTDescriptor = [0, -32_768, 16]
    ours, reference, stored = read_by_both(film([[-32_768, -1, 0, 32_767]], 16, True, ModalityLUTSequence=[entries]))
    assert ours.values.tolist() == [[0, 32_767, 32_768, 65_535]]
    assert apply_modality_lut(stored, reference).tolist() == [[0, 32_767, 0, 0]]


@pytest.mark.parametrize("keyword", ["ModalityLUTSequence", "VOILUTSequence"])
def test_entries_of_8_bits_may_be_packed(keyword):
    """PS3.3 C.11.1.1.1: two of them to a word of OW. pydicom wants a word for each."""
    item = lut([1, 60, 120, 255], 0, 8, is_ow=True)
    item.LUTData = bytes((1, 60, 120, 255))
    ours, reference, stored = read_by_both(film([[0, 1, 2, 3]], **{keyword: [item]}, **FULL))
    table = ours.modality if keyword == "ModalityLUTSequence" else ours.default_voi
    assert table.table.tolist() == [1, 60, 120, 255]
    with pytest.raises(struct.error):
        (apply_modality_lut if keyword == "ModalityLUTSequence" else apply_voi_lut)(stored, reference)


def test_inputs_far_behind_a_table_of_8_bits_take_its_last_entry():
    """PS3.3 C.11.2.1.1: inputs beyond the last take the last entry. pydicom counts places in the entries' 8 bits."""
    ours, reference, stored = read_by_both(film([[300, 302, 556, 999]], 12, VOILUTSequence=[lut([3, 9, 200], 300, 8)]))
    assert ours.default_voi.look_up(ours.values).tolist() == [[3, 200, 200, 200]]
    assert apply_voi_lut(stored, reference).tolist() == [[3, 200, 3, 200]]


@pytest.mark.filterwarnings("ignore:Applying a VOI LUT on a float:UserWarning")
def test_a_first_input_has_the_sign_of_the_modality_values():
    """PS3.3 C.11.2.1.1: it is signed if the modality LUT's output can be. pydicom takes it as the file writes it."""
    elements = {"RescaleSlope": 1, "RescaleIntercept": -1024, "VOILUTSequence": [lut([1, 60, 120, 255], 64_512, 8)]}
    ours, reference, stored = read_by_both(film([[0, 1, 2, 3]], 12, **elements))
    assert ours.default_voi.look_up(ours.values).tolist() == [[1, 60, 120, 255]]
    assert apply_voi_lut(apply_modality_lut(stored, reference), reference).tolist() == [[1, 1, 1, 1]]


@pytest.mark.filterwarnings("ignore:Applying a VOI LUT on a float:UserWarning")
def test_a_rescaled_value_takes_the_nearest_entry():
    """PS3.3 C.11.2.1.1 maps whole numbers, and 100 x 0.29 is 29. pydicom cuts 28.999999999999996 down to 28."""
    assert 100 * 0.29 < 29
    elements = {"RescaleSlope": "0.29", "RescaleIntercept": 0, "VOILUTSequence": [lut(list(range(100)), 0, 8)]}
    ours, reference, stored = read_by_both(film([[0, 100]], **elements))
    assert ours.default_voi.look_up(ours.values).tolist() == [[0, 29]]
    assert apply_voi_lut(apply_modality_lut(stored, reference), reference).tolist() == [[0, 28]]


def test_a_window_shows_its_upper_end_bright_behind_a_negative_slope():
    """PS3.3 C.11.2.1.2.1: the greatest output is at the window's upper end. pydicom's range runs down there."""
    elements = {"RescaleSlope": -1, "RescaleIntercept": 4095, "WindowCenter": 2048, "WindowWidth": 4096}
    ours, reference, stored = read_by_both(film(TWELVE, 12, **elements))
    assert ours.values.tolist() == [[4095, 3071, 2047, 0]]
    assert np.asarray(ours.render()).tolist() == [[255, 191, 127, 0]]
    assert apply_voi_lut(apply_modality_lut(stored, reference), reference).tolist() == [[0, 1024, 2048, 4095]]


@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
def test_a_window_gives_greys_of_the_display_not_values_of_the_detector(function):
    """PS3.3 C.11.2.1.2.1: the output range is the display's. pydicom gives that of the stored bits, signed as they."""
    ours, reference, stored = read_by_both(around_0(function))
    assert ours.default_voi.apply(ours.values).min() >= 0
    assert apply_voi_lut(stored, reference).min() < 0
