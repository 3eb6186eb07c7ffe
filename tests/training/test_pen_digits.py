"""Digits drawn by one pen at every size, and 1s with a flag and no base."""

import numpy as np
import pytest
import torch

from training.data import LabelledPixels
from training.data.digit_forms import FORMS, form
from training.data.handwriting import LARGE, WIDEST, any_pen
from training.data.mnist import load_mnist
from training.data.pen_digits import flagged_one, held_out_one, seven, thicker, with_drawings


@pytest.fixture(scope="module")
def digits(mnist_dir):
    return load_mnist(mnist_dir, 0).test.first(100)


def ink(digit):
    return (digit > 127).mean()


def test_a_wider_pen_makes_a_digit_thicker_in_the_same_box(digits):
    for digit in digits.pixels[:50, :, :, 0].numpy():
        wide = thicker(digit, 2.0)
        assert wide.shape == (28, 28)
        assert wide.dtype == np.uint8
        assert ink(wide) > 1.3 * ink(digit)
        rows, columns = (np.flatnonzero((wide > 38).any(axis=axis)) for axis in (1, 0))
        assert max(np.ptp(rows), np.ptp(columns)) + 1 <= 20


def test_drawings_come_after_the_digits_and_are_the_same_for_a_seed(digits):
    first, again, other = (with_drawings(digits, 0.4, seed) for seed in (0, 0, 1))
    assert len(first) == 140
    assert first.pixels[:100].equal(digits.pixels)
    assert first.labels[:100].equal(digits.labels)
    assert (first.pixels.dtype, first.pixels.shape[1:]) == (torch.uint8, (28, 28, 1))
    assert first.digest == again.digest != other.digest
    assert first.pixels.flatten(1).amax(dim=1).min() > 200


def test_drawings_are_of_all_ten_digits_and_labelled_so(digits, shipped):
    drawings = LabelledPixels(*(part[100:] for part in vars(with_drawings(digits, 4.0, 0)).values()))
    assert torch.bincount(drawings.labels, minlength=10).min() >= 20
    read = shipped.run(drawings.pixels.numpy())["probabilities"].argmax(axis=1)
    assert np.mean(read == drawings.labels.numpy()) > 0.9


def test_pens_reach_from_that_of_a_large_drawing_to_that_of_a_small_one():
    random = np.random.default_rng(0)
    pens = [any_pen(random) for _ in range(500)]
    assert LARGE[0] <= min(pens) < 0.055
    assert 0.4 < max(pens) <= WIDEST


def test_a_flag_rises_to_a_stem_and_a_sevens_bar_is_level():
    random = np.random.default_rng(0)
    for _ in range(100):
        (one,), (bar, *_rest) = flagged_one(random), seven(random)
        start, top, foot = one[0], one[one[:, 1].argmin()], one[-1]
        assert start[0] < top[0]
        assert start[1] - top[1] > 0.2
        assert foot[1] == 1
        left, right = bar[-3:-1]
        assert right[0] - left[0] >= 1
        assert abs(right[1] - left[1]) < 0.15


def test_a_held_out_one_differs_from_those_that_are_trained_on():
    random = np.random.default_rng(0)
    trained = [np.linalg.norm(one[0] - one[-2]) for (one,) in (flagged_one(random) for _ in range(300))]
    assert 0.45 <= min(trained) <= max(trained) <= 1.0
    for _ in range(100):
        (one,) = held_out_one(random)
        length = np.linalg.norm(one[0] - one[-2])
        assert length < 0.45 or length >= 1.0


def test_every_digit_has_forms_of_its_own():
    assert list(FORMS) == list(range(10))
    strokes = form(4, np.random.default_rng(0))
    assert all(stroke.shape[1] == 2 for stroke in strokes)
