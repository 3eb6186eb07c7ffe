"""Drawings of several things: real digits, and lines drawn here."""

import gzip

import numpy as np
import pytest
from PIL import Image, ImageDraw

from fovea import EmptyDrawingError, load
from fovea.mnist import side_by_side


def drawn(*lines, width=16):
    image = Image.new("L", (280, 280), 255)
    for points in lines:
        ImageDraw.Draw(image).line(points, fill=0, width=width)
    return image


ONE = [(70, 60), (70, 220)]
SEVEN = [(140, 60), (220, 60), (170, 220)]


@pytest.mark.parametrize(
    ("lines", "parts"),
    [
        ([ONE], 1),
        ([ONE, SEVEN], 2),
        ([ONE, [(140, 60), (140, 220)], [(210, 70), (210, 210)]], 3),
        ([SEVEN, [(60, 200), (66, 206)]], 1),  # a dot beside it
        ([[(100, 60), (190, 60)], [(100, 90), (100, 140), (180, 160), (100, 220)]], 1),  # a 5 whose bar stands apart
        ([ONE, [(88, 60), (160, 60)]], 1),  # the pen skipped
    ],
)
def test_parts_are_counted_from_left_to_right(lines, parts):
    assert side_by_side(np.asarray(drawn(*lines))) == parts


def test_nearly_every_digit_of_mnist_is_one_part(mnist_dir):
    raw = gzip.decompress((mnist_dir / "MNIST" / "raw" / "t10k-images-idx3-ubyte.gz").read_bytes())
    digits = np.frombuffer(raw, np.uint8, offset=16).reshape(-1, 28, 28)[:2000]
    assert np.mean([side_by_side(digit) == 1 for digit in digits]) > 0.998


def test_an_empty_drawing_has_no_parts():
    with pytest.raises(EmptyDrawingError):
        side_by_side(np.zeros((28, 28), np.uint8))


def test_the_answer_says_that_one_digit_is_read(shipped_path):
    model = load(shipped_path)
    assert model.predict(drawn(SEVEN)).warnings == ()
    warning = "The drawing has 2 parts side by side. One digit is read at a time."
    assert model.predict(drawn(ONE, SEVEN)).warnings == (warning,)
