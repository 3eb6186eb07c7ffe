"""The digits that a digit file is judged by beside MNIST's."""

import numpy as np
import pytest

import export.other_drawings
from export.other_drawings import PEN, SIZES, other_digits
from space.strokes import FIELD_PX, PEN_PX


@pytest.fixture(scope="module")
def sets():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export.other_drawings, "IMAGES", 40)
        return other_digits()


def test_the_pen_is_that_of_the_drawing_field():
    assert pytest.approx(PEN_PX / (0.75 * FIELD_PX)) == PEN


def test_a_digit_drawn_smaller_is_thicker(sets):
    inks = [(sets[f"digits drawn at {name} size"].pixels.numpy() > 127).mean() for name in SIZES]
    assert inks == sorted(inks)
    assert inks[2] > 2 * inks[0]


def test_each_set_is_labelled_and_the_shipped_model_reads_it(sets, shipped):
    for name, drawn in sets.items():
        assert drawn.pixels.shape[1:] == (28, 28, 1)
        is_flagged = name.startswith("flagged")
        assert (set(drawn.labels.tolist()) == {1}) == is_flagged
        read = shipped.run(drawn.pixels.numpy())["probabilities"].argmax(axis=1)
        assert np.mean(read == drawn.labels.numpy()) > (0.4 if is_flagged else 0.8), name
