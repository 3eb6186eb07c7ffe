"""A film that says how it lies is read as it is looked at: rows run to the patient's left, columns to the feet."""

import numpy as np
import pytest
from films import film, written

from fovea.dicom import read_dicom

UPRIGHT = [[0, 50, 100], [150, 200, 255]]
# The same film as each orientation stores it, and what is done to it.
STORED = {
    ("L", "F"): (UPRIGHT, ""),
    ("R", "F"): ([[100, 50, 0], [255, 200, 150]], "mirrored"),
    ("L", "H"): ([[150, 200, 255], [0, 50, 100]], "mirrored"),
    ("R", "H"): ([[255, 200, 150], [100, 50, 0]], "turned"),
    ("F", "L"): ([[0, 150], [50, 200], [100, 255]], "turned and mirrored"),
    ("F", "R"): ([[100, 255], [50, 200], [0, 150]], "turned"),
    ("H", "L"): ([[150, 0], [200, 50], [255, 100]], "turned"),
    ("H", "R"): ([[255, 100], [200, 50], [150, 0]], "turned and mirrored"),
}


@pytest.mark.parametrize("letters", STORED)
def test_the_film_is_brought_to_left_and_foot(letters):
    stored, done = STORED[letters]
    read = read_dicom(written(film(stored, PatientOrientation=[*letters], PixelPaddingValue=50)))
    assert read.values.tolist() == UPRIGHT
    assert read.is_padding.tolist() == [[False, True, False], [False, False, False]]
    name = f"(0020,0020) PatientOrientation is {letters[0]}\\{letters[1]}. The film was {done} to L\\F before"
    assert len(read.warnings) == bool(done)
    assert all(sentence.startswith(name) for sentence in read.warnings)


@pytest.mark.parametrize("letters", STORED)
def test_pixels_keep_their_shape(letters):
    is_transposed = letters[0] in "FH"
    spacing = [0.1, 0.2] if is_transposed else [0.2, 0.1]  # 0.2 from head to foot either way
    read = read_dicom(written(film(STORED[letters][0], PatientOrientation=[*letters], PixelSpacing=spacing)))
    assert read.aspect == 2
    assert read.render().size == (3, 4)


def test_further_letters_only_refine_the_first():
    read = read_dicom(written(film(STORED[("R", "H")][0], PatientOrientation=["RA", "HP"])))
    assert read.values.tolist() == UPRIGHT
    assert "is R\\H. The film was turned to L\\F" in read.warnings[0]


@pytest.mark.parametrize(
    "orientation", [["L", "R"], ["H", "F"], ["F", "F"], ["R"], ["", "F"], ["L", "F", "R"], ["X", "Y"]]
)
def test_two_directions_that_no_film_has_leave_it_as_it_is_stored(orientation):
    read = read_dicom(written(film(UPRIGHT, PatientOrientation=orientation)))
    assert read.values.tolist() == UPRIGHT
    assert read.warnings == (
        "(0020,0020) PatientOrientation does not name two directions of a frontal film, such as L\\F. "
        "The film was read as stored.",
    )


def test_a_turned_film_shows_the_same_as_an_upright_one():
    values = np.arange(12 * 16).reshape(12, 16)
    upright = read_dicom(written(film(values, PatientOrientation=["L", "F"]))).render()
    turned = read_dicom(written(film(np.rot90(values), PatientOrientation=["F", "R"]))).render()
    assert np.array_equal(turned, upright)


def test_an_orientation_that_names_no_view_does_not_stand_for_one():
    read = read_dicom(written(film(UPRIGHT, PatientOrientation=["X", "Y"], ViewPosition="")))
    assert [sentence[:40] for sentence in read.warnings] == [
        "The file does not name the view: (0018,5",
        "(0020,0020) PatientOrientation does not ",
    ]
    turned = read_dicom(written(film(STORED[("R", "F")][0], PatientOrientation=["R", "F"], ViewPosition="")))
    assert len(turned.warnings) == 1
