"""The example files of public reports, where their folder lies beside the checkout. Each has a row elsewhere here."""

from pathlib import Path

import numpy as np
import pytest

from fovea import read_image
from fovea.errors import UnreadableImageError, UnsupportedDicomError, UnsupportedFormatError

CASES = Path(__file__).parents[4] / "shared" / "cases" / "dicom"
REFERENCE, NO_SUCH_WINDOW = "00_plain_reference", "b11_window_width_0"
READ = {
    "a1_voi_lut_says_16_bits_holds_12": ("a1_voi_lut_right_reference", 1),
    "b11_window_width_below_1_small_slope": (NO_SUCH_WINDOW, 1),
    "b17_modality_DR": (REFERENCE, 1),
    **dict.fromkeys(
        ("a2_jpeg_lossless_point_transform_8bit", "a2_jpeg_lossless_point_transform_12bit"), (REFERENCE, 0)
    ),
    "b01_vindr_header": (REFERENCE, 4),
    **dict.fromkeys(("b02_body_part_0_TORAX", "b02_body_part_2_PECHO"), (REFERENCE, 0)),
    **dict.fromkeys(("b03_view_AP_SUPINE", "b03_view_POSTEROANTERIOR"), (REFERENCE, 0)),
    **dict.fromkeys(("b04_j2k_lossy_by_gdcm", "b05_j2k_com_padding", "b06_jpeg_extended_se_0"), (REFERENCE, 0)),
    **dict.fromkeys(("b06_jpeg_lossless_se_63", "b07_jpeg_padded_by_space", "b09_offset_table_wrong"), (REFERENCE, 0)),
    **dict.fromkeys(("b10_jp2_header", "b14_no_preamble", "b15_trailing_zeros"), (REFERENCE, 0)),
    "b16_private_vr_question_marks": (REFERENCE, 0),
    **dict.fromkeys(
        ("b08_modality_lut_item_empty", "b12_comma_spacing", "b12_spacing_joined_by_comma"), (REFERENCE, 1)
    ),
    **dict.fromkeys(("b13_number_of_frames_0", "b18_high_bit_15_left_justified", "c5_orientation_PA"), (REFERENCE, 1)),
}
REFUSED = {
    "a3_jpeg8_under_bits_stored_12": (UnreadableImageError, "samples of 8 bits, but .*BitsStored is 12"),
    "b19_mono1_with_shape_identity": (UnsupportedDicomError, "it is not clear which end is white"),
    "c1_compressed_film_cut_short": (UnreadableImageError, "truncated: it ends within .*PixelData"),
    "c2_compressed_syntax_native_pixels": (UnreadableImageError, "PixelData is not compressed"),
    "c3_jpeg_xl_syntax": (UnsupportedFormatError, "JPEG XL"),
    "c3_deflated_frame_syntax": (UnsupportedFormatError, "Deflated Image Frame Compression"),
}


def content(name):
    path = CASES / f"{name}.dcm"
    if not path.is_file():
        pytest.skip(f"{path.name} is not in ../shared/cases/dicom")
    return path.read_bytes()


@pytest.mark.parametrize("name", READ)
def test_a_film_of_a_report_is_read(name):
    reference, warnings = READ[name]
    read, expected = (read_image(content(each), channels=1) for each in (name, reference))
    difference = np.asarray(read.image).astype(int) - np.asarray(expected.image).astype(int)
    assert np.abs(difference).mean() < 6
    assert len(read.warnings) == warnings


@pytest.mark.parametrize("name", REFUSED)
def test_a_film_of_a_report_is_refused_for_what_it_is(name):
    kind, sentence = REFUSED[name]
    with pytest.raises(kind, match=sentence):
        read_image(content(name), channels=1)


@pytest.mark.parametrize("name", ["a2_jpeg_lossless_point_transform_8bit", "b06_jpeg_extended_se_0", "b10_jp2_header"])
def test_every_cut_of_a_compressed_film_is_called_truncated(name):
    data = content(name)
    for length in range(140, len(data), 97):
        with pytest.raises(UnreadableImageError, match="truncated"):
            read_image(data[:length], channels=1)


def test_an_overshooting_film_of_ten_bits_is_clipped():
    read = read_image(content("b04_jpeg_extended_in_bits_stored_10"), channels=1)
    assert read.film is not None
    assert read.film.range[1] == 1023
