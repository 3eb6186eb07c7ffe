"""Drawings that are no digit, and digits drawn with the same pen."""

from functools import partial

import numpy as np
import pytest

from fovea.mnist import side_by_side
from training.data.doodles import HELD_OUT_SHAPES, TRAINING_SHAPES
from training.data.handwriting import by_hand, dense, draw, ink
from training.data.handwriting_fonts import FONTS, drawn
from training.data.mnist import load_mnist
from training.data.not_digits import SHARES, drawn_digits, held_out_sources, not_digits, training_sources
from training.data.stroke_fonts import DIGITS, HELD_OUT_FONTS, LETTERS, TRAINING_FONTS, glyph


@pytest.fixture(scope="module")
def digits(mnist_dir):
    return load_mnist(mnist_dir, 0).test.pixels[:200, :, :, 0].numpy()


@pytest.mark.parametrize("kind", SHARES)
def test_a_seed_gives_the_same_drawings_and_no_two_alike(digits, kind):
    first, again, other = (
        not_digits(kind, 30, training_sources(digits), np.random.default_rng(seed)) for seed in (0, 0, 1)
    )
    assert first.shape == (30, 28, 28)
    assert first.dtype == np.uint8
    assert np.array_equal(first, again)
    assert len({drawing.tobytes() for drawing in [*first, *other]}) == 60


def test_what_is_held_out_shares_no_font_and_no_shape_with_training(digits):
    assert not set(TRAINING_FONTS) & set(HELD_OUT_FONTS)
    assert not set(TRAINING_SHAPES) & set(HELD_OUT_SHAPES)
    assert training_sources(digits).fonts == TRAINING_FONTS
    assert held_out_sources(digits).shapes == HELD_OUT_SHAPES


@pytest.mark.parametrize("fonts", [TRAINING_FONTS, HELD_OUT_FONTS])
@pytest.mark.parametrize("digit", DIGITS)
def test_a_drawn_digit_is_read_as_that_digit(shipped, digit, fonts):
    random = np.random.default_rng(0)
    pixels = np.stack([draw(partial(glyph, digit, fonts), random) for _ in range(40)])
    read = shipped.run(pixels[..., np.newaxis])["probabilities"].argmax(axis=1)
    assert np.mean(read == int(digit)) > 0.8


def test_digits_drawn_for_training_are_of_all_ten_kinds(shipped, digits):
    pixels = drawn_digits(200, training_sources(digits), np.random.default_rng(0))
    read = shipped.run(pixels[..., np.newaxis])["probabilities"].argmax(axis=1)
    assert np.bincount(read, minlength=10).min() >= 5


def test_several_digits_mostly_stand_apart(digits):
    pixels = not_digits("several digits", 100, training_sources(digits), np.random.default_rng(0))
    assert np.mean([side_by_side(drawing) > 1 for drawing in pixels]) > 0.5


def test_a_stroke_keeps_its_corners_when_points_are_put_between_them():
    corner = np.array([(0.0, 0.0), (1.0, 0.0), (1.0, 2.0)])
    points = dense(corner, step=0.3)
    assert np.linalg.norm(np.diff(points, axis=0), axis=1).max() <= 0.3 + 1e-9
    for point in corner:
        assert np.abs(points - point).sum(axis=1).min() < 1e-9


def test_a_hand_leaves_a_drawing_where_and_about_as_large_as_it_was():
    random = np.random.default_rng(0)
    cross = [np.array([(10.0, 10.0), (90.0, 90.0)]), np.array([(10.0, 90.0), (90.0, 10.0)])]
    for _ in range(50):
        points = np.concatenate(by_hand(cross, random))
        assert np.abs(points).max() < 2
        assert np.abs(points.mean(axis=0)).max() < 0.3


def test_a_wider_pen_leaves_more_ink():
    strokes = [np.array([(-1.0, -1.0), (1.0, -1.0), (0.0, 1.0)])]
    amounts = [(ink(strokes, pen) > 127).mean() for pen in (0.05, 0.1, 0.15)]
    assert amounts == sorted(amounts)
    assert amounts[2] > 2.5 * amounts[0]


def test_fonts_that_are_not_installed_are_left_out(tmp_path):
    assert drawn(LETTERS, tmp_path).shape == (0, 28, 28)
    drawings = drawn("AH")
    assert len(drawings) % 2 == 0
    assert len(drawings) <= 2 * len(FONTS)
