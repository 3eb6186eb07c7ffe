"""The digit fitting against MNIST itself."""

import gzip

import numpy as np
import pytest
from PIL import Image, ImageDraw

from fovea import EmptyDrawingError
from fovea.mnist import fit_mnist


@pytest.fixture(scope="module")
def test_digits(mnist_dir):
    raw = gzip.decompress((mnist_dir / "MNIST" / "raw" / "t10k-images-idx3-ubyte.gz").read_bytes())
    return np.frombuffer(raw, np.uint8, offset=16).reshape(-1, 28, 28)[:1000]


def distance(fitted, digit):
    """Mean absolute difference per pixel, in grey levels."""
    return np.abs(fitted.astype(int) - digit).mean()


def enlarged(digit):
    """Ten times larger, black on white, away from the middle of a wider sheet."""
    sheet = np.full((400, 500), 255, dtype=np.uint8)
    sheet[13:293, 150:430] = 255 - np.kron(digit, np.ones((10, 10), dtype=np.uint8))
    return sheet


def test_fitting_an_mnist_image_gives_it_back(test_digits):
    distances = [distance(fit_mnist(digit), digit) for digit in test_digits]
    assert np.mean(np.array(distances) < 1) >= 0.99  # the others land one pixel aside: their mass lies on a half


def test_an_enlarged_moved_and_inverted_digit_comes_back(test_digits):
    distances = [distance(fit_mnist(enlarged(digit)), digit) for digit in test_digits]
    assert np.median(distances) < 0.3
    assert np.mean(np.array(distances) < 3) > 0.97


def test_the_shipped_model_reads_enlarged_moved_and_inverted_digits_the_same(test_digits, shipped):
    plain = shipped.run(test_digits[:300, :, :, np.newaxis])["probabilities"].argmax(axis=1)
    moved = [shipped.predict(enlarged(digit)).probabilities.argmax() for digit in test_digits[:300]]
    assert np.mean(plain == moved) >= 0.99


def test_both_polarities_of_an_mnist_image_give_the_same_pixels(test_digits):
    assert all(np.array_equal(fit_mnist(digit), fit_mnist(255 - digit)) for digit in test_digits[:200])


def drawn(points, size=(280, 280), width=22):
    image = Image.new("L", size, 0)
    ImageDraw.Draw(image).line(points, fill=255, width=width, joint="curve")
    return np.asarray(image)


def test_both_polarities_give_the_same_pixels():
    ink = drawn([(80, 70), (195, 70), (130, 225)])
    assert np.array_equal(fit_mnist(ink), fit_mnist(255 - ink))


def test_the_centre_of_mass_lands_on_pixel_14():
    field = fit_mnist(drawn([(30, 40), (120, 120), (60, 200), (110, 220)])).astype(float)
    rows, columns = np.indices(field.shape)
    assert (rows * field).sum() / field.sum() == pytest.approx(14, abs=0.5)
    assert (columns * field).sum() / field.sum() == pytest.approx(14, abs=0.5)


@pytest.mark.parametrize(
    ("points", "box"), [([(140, 40), (140, 239)], (20, 2)), ([(40, 140), (239, 140)], (2, 20))], ids=["tall", "wide"]
)
def test_the_aspect_of_a_thin_stroke_is_kept(points, box):
    field = fit_mnist(drawn(points, width=20))
    height, width = np.ptp(np.flatnonzero(field.any(axis=1))) + 1, np.ptp(np.flatnonzero(field.any(axis=0))) + 1
    assert (height, width) == box


@pytest.mark.parametrize("level", [0, 128, 255])
def test_an_empty_drawing_is_said_to_be_empty(level):
    with pytest.raises(EmptyDrawingError, match="The drawing is empty"):
        fit_mnist(np.full((280, 280), level, dtype=np.uint8))
