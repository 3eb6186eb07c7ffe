"""Drawings that travel as strokes, and the steps from one to what the network sees."""

import numpy as np
import pytest

from fovea import UnreadableImageError
from fovea.mnist import fit_mnist, mnist_steps
from space.digit_steps import steps_html
from space.strokes import FIELD_PX, MAX_CHARS, PEN_PX, drawn, example_strokes, read_strokes

DIGITS, FOOLING = example_strokes()


@pytest.mark.parametrize("digit", "0123456789")
def test_the_shipped_file_names_each_example(shipped, digit):
    assert shipped.predict(drawn(DIGITS[digit])).decision.class_name == digit


def test_there_is_one_example_a_digit_and_some_that_are_none():
    assert list(DIGITS) == list("0123456789")
    assert len(FOOLING) > 2


def test_a_tap_is_a_dot_as_wide_as_the_pen():
    ink = np.asarray(drawn([[(140, 140)]])) > 0
    assert ink.shape == (FIELD_PX, FIELD_PX)
    assert ink.any(axis=0).sum() == ink.any(axis=1).sum() == PEN_PX + 1


def test_strokes_come_through_as_they_were_drawn():
    assert read_strokes("[[[1, 2.5], [3, 4]], [], [[5, 6]]]") == [[(1, 2.5), (3, 4)], [(5, 6)]]


def test_a_pen_that_leaves_the_field_stays_at_its_edge():
    assert read_strokes("[[[-1e9, 1e300], [NaN, 3]]]") == [[(0, FIELD_PX), (0, 3)]]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[",
        "7",
        "null",
        "[7]",
        "[[7]]",
        "[[[1]]]",
        "[[[1, 2, 3]]]",
        '[[["1", {}]]]',
        "[" * 100_000,
        " " * MAX_CHARS + "[]",
    ],
    ids=lambda text: text[:16],
)
def test_what_is_no_drawing_is_refused_in_a_sentence(text):
    with pytest.raises(UnreadableImageError, match="did not arrive whole"):
        read_strokes(text)


def test_the_last_step_is_what_the_network_takes():
    grey = np.asarray(drawn(DIGITS["4"]))
    steps = mnist_steps(grey)
    assert np.array_equal(steps.field, fit_mnist(grey))
    assert max(steps.digit.shape) == 20
    top, bottom, left, right = steps.bounds
    assert grey[top:bottom, left:right].sum() == grey.sum()


def test_the_steps_are_three_pictures_and_frames_of_the_same_size_before():
    assert steps_html(DIGITS["4"], 28).count("<img") == 3
    assert steps_html([], 28).count('<div class="step"></div>') == 3
