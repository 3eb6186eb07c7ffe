"""The display shutter (PS3.3 C.7.6.11): what lies outside of it is drawn as the file says, and counts for nothing."""

import numpy as np
import pytest
from films import film, written
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from fovea.dicom import read_dicom
from fovea.errors import UnsupportedDicomError

INVALID = "(0018,1600) ShutterShape is invalid and was ignored."
RECTANGLE = {
    "ShutterShape": "RECTANGULAR",
    "ShutterLeftVerticalEdge": 2,
    "ShutterRightVerticalEdge": 4,
    "ShutterUpperHorizontalEdge": 2,
    "ShutterLowerHorizontalEdge": 3,
}
CIRCLE = {"ShutterShape": "CIRCULAR", "CenterOfCircularShutter": [3, 3], "RadiusOfCircularShutter": 1}
# row and column in turn: the triangle between the left upper corner, the right upper and the left lower one
POLYGON = {"ShutterShape": "POLYGONAL", "VerticesOfThePolygonalShutter": [1, 1, 1, 5, 5, 1]}
GREYS = np.arange(10, 260, 10).reshape(5, 5)
FULL = {"WindowCenter": 128, "WindowWidth": 256}


def shown(**elements):
    return np.asarray(read_dicom(written(film(GREYS, **FULL, **elements))).render())


@pytest.mark.parametrize(
    ("shutter", "visible"),
    [
        (RECTANGLE, ["00000", "01110", "01110", "00000", "00000"]),
        # edges beyond the film hide nothing
        (
            RECTANGLE | {"ShutterRightVerticalEdge": 9, "ShutterLeftVerticalEdge": -3},
            ["0" * 5, *2 * ["1" * 5], *2 * ["0" * 5]],
        ),
        (CIRCLE, ["00000", "00100", "01110", "00100", "00000"]),
        (POLYGON, ["11111", "11110", "11100", "11000", "10000"]),
        # several shapes: what lies within all of them
        (
            RECTANGLE | CIRCLE | {"ShutterShape": ["RECTANGULAR", "CIRCULAR"]},
            ["00000", "00100", "01110", "00000", "00000"],
        ),
        # the whole film
        (
            RECTANGLE
            | {f"Shutter{edge}": place for edge, place in (("LeftVerticalEdge", 1), ("RightVerticalEdge", 5))}
            | {"ShutterUpperHorizontalEdge": 1, "ShutterLowerHorizontalEdge": 5},
            ["11111"] * 5,
        ),
    ],
)
def test_what_lies_outside_of_a_shutter_is_black(shutter, visible):
    is_visible = np.array([[place == "1" for place in row] for row in visible])
    assert np.array_equal(shown(**shutter), np.where(is_visible, shown(), 0))


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian])
def test_a_shutter_of_a_16_bit_film_is_read_in_every_encoding(syntax):
    data = written(film(30 * GREYS, 16, WindowCenter=4096, WindowWidth=8192, **RECTANGLE), syntax)
    assert np.count_nonzero(np.asarray(read_dicom(data).render())) == 6


@pytest.mark.parametrize(("value", "grey"), [(0, 0), (65_535, 255), (32_768, 128)])
@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_its_presentation_value_is_a_p_value_whichever_end_of_the_film_is_white(photometric, value, grey):
    pixels = shown(**CIRCLE, ShutterPresentationValue=value, PhotometricInterpretation=photometric)
    assert pixels[0, 0] == grey
    assert pixels[2, 2] == (130 if photometric == "MONOCHROME2" else 125)


def test_a_circle_is_round_where_pixels_are_not_square():
    read = read_dicom(written(film(GREYS, **FULL, **CIRCLE | {"RadiusOfCircularShutter": 2}, PixelSpacing=[2, 1])))
    assert read.is_hidden is not None
    assert (~read.is_hidden).astype(int).tolist() == [
        [0, 0, 0, 0, 0],
        [0, 0, 1, 0, 0],
        [1, 1, 1, 1, 1],
        [0, 0, 1, 0, 0],
        [0, 0, 0, 0, 0],
    ]


def test_a_shutter_turns_with_its_film():
    turned = shown(**POLYGON, PatientOrientation=["R", "F"])
    assert np.array_equal(turned, np.fliplr(shown(**POLYGON)))


def test_hidden_pixels_count_for_neither_window_nor_range():
    values = np.full((40, 40), 4000)
    values[10:30, 10:30] = 1000 + np.arange(400).reshape(20, 20)
    edges = dict(zip(list(RECTANGLE)[1:], (11, 30, 11, 30), strict=True))
    read = read_dicom(written(film(values, 12, ShutterShape="RECTANGULAR", **edges)))
    assert read.range == (1000, 1399)
    inside = np.asarray(read.render())[10:30, 10:30]
    assert (inside.min(), inside.max()) == (0, 255)
    assert read.warnings == ()


def test_a_film_with_a_single_grey_within_its_shutter_is_empty():
    values = np.where(np.arange(25).reshape(5, 5) < 5, 200, 90)
    with pytest.raises(UnsupportedDicomError, match="The film is empty: every pixel has the same value"):
        read_dicom(written(film(values, **RECTANGLE)))


@pytest.mark.parametrize(
    ("broken", "warnings"),
    [
        ({"ShutterShape": "BITMAP"}, [INVALID]),
        ({"ShutterShape": "Schmidt"}, [INVALID]),
        ({"ShutterShape": "RECTANGULAR"}, [INVALID]),
        ({"ShutterShape": "CIRCULAR"}, [INVALID]),
        ({"ShutterShape": "POLYGONAL"}, [INVALID]),
        (RECTANGLE | {"ShutterLeftVerticalEdge": 4}, [INVALID]),
        (RECTANGLE | {"ShutterLowerHorizontalEdge": 1}, [INVALID]),
        (CIRCLE | {"RadiusOfCircularShutter": 0}, [INVALID]),
        (CIRCLE | {"RadiusOfCircularShutter": -4}, [INVALID]),
        (CIRCLE | {"CenterOfCircularShutter": 3}, [INVALID]),
        (CIRCLE | {"RadiusOfCircularShutter": 2_000_000_000}, [INVALID]),
        (POLYGON | {"VerticesOfThePolygonalShutter": [1, 1, 5, 5]}, [INVALID]),
        (POLYGON | {"VerticesOfThePolygonalShutter": [1, 1, 1, 5, 5]}, [INVALID]),
        (
            RECTANGLE | {"ShutterLeftVerticalEdge": 8, "ShutterRightVerticalEdge": 9},
            ["(0018,1600) ShutterShape hides the whole film, so it was ignored."],
        ),
    ],
)
def test_a_broken_shutter_counts_as_absent(broken, warnings):
    read = read_dicom(written(film(GREYS, **FULL, **broken)))
    assert np.array_equal(np.asarray(read.render()), shown())
    assert list(read.warnings) == warnings


def test_edges_that_are_no_numbers_count_as_absent():
    data = written(film(GREYS, **FULL, **RECTANGLE | {"ShutterLeftVerticalEdge": 7777}))
    assert data.count(b"7777") == 1
    read = read_dicom(data.replace(b"7777", b"left"))
    assert np.array_equal(np.asarray(read.render()), shown())
    assert read.warnings == ("(0018,1602) ShutterLeftVerticalEdge is invalid and was ignored.", INVALID)


def test_the_collimator_is_no_shutter():
    collimator = {key.replace("Shutter", "Collimator"): value for key, value in RECTANGLE.items()}
    assert np.array_equal(shown(**collimator), shown())
