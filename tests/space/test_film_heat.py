"""Heat is as strong as its class is probable, and what lies at the border of a film is told."""

import io

import numpy as np
from PIL import Image

from fovea import Prediction
from fovea.decision import Decision
from space.film.heat_words import heat_in_words, rim
from space.heat import contributions, legend
from space.pictures import COLOURS, heat_overlay, read_address

MIDDLE = np.zeros((8, 8), np.float32)
MIDDLE[3, 4] = 1
CORNER = np.zeros((8, 8), np.float32)
CORNER[0, 7], CORNER[4, 4] = 1, 0.25
SPREAD = np.ones((8, 8), np.float32)
SPREAD[4, 4] = 1.5


def most_opaque(heatmap):
    return int(np.asarray(Image.open(io.BytesIO(read_address(heat_overlay(heatmap)))))[:, :, 3].max())


def test_a_class_of_two_percent_does_not_glow_like_one_of_89():
    maps = np.stack([SPREAD / 1.5] * 3)
    prediction = Prediction(
        classes=("a", "b", "c"),
        probabilities=np.array([0.89, 0.09, 0.02], np.float32),
        decision=Decision("a"),
        pixels=np.zeros((1, 1, 1), np.uint8),
        heatmaps=maps,
    )
    drawn = contributions(prediction)
    assert np.allclose(drawn.max(axis=(1, 2)), [0.89, 0.09, 0.02])
    strong, _, faint = map(most_opaque, drawn)
    assert strong == 255
    assert faint < 20


def test_the_scale_goes_from_the_clear_dark_end_to_the_opaque_bright_one():
    scale = legend()
    dark, bright = (" ".join(map(str, COLOURS[level])) for level in (0, 255))
    assert f"rgb({dark} / 0.00)" in scale
    assert f"rgb({bright} / 1.00))" in scale


def test_the_share_of_heat_at_the_border_is_that_of_the_outer_cells():
    assert rim(MIDDLE) == (0, 28 / 64)
    assert rim(CORNER) == (0.8, 28 / 64)
    assert rim(np.ones((20, 20), np.float32)) == (1 - 256 / 400, 1 - 256 / 400)
    assert rim(np.zeros((8, 8), np.float32))[0] == 0


def test_heat_at_the_border_is_told_where_it_is_the_hottest_or_more_than_its_share():
    strength = "COVID-19 has 89 %, so its heat reaches 89 % of the scale."
    assert heat_in_words("COVID-19", 0.89, MIDDLE) == strength
    assert heat_in_words("COVID-19", 0.89, CORNER) == (
        f"{strength} Its hottest place is at the border, where side markers and edges are. "
        "80 % of the heat lies along the border, which is 44 % of the film."
    )
    around = SPREAD.copy()
    around[1:-1, 1:-1] *= 0.8
    around[4, 4] = 1.5
    assert heat_in_words("COVID-19", 0.89, around).endswith(
        "49 % of the heat lies along the border, which is 44 % of the film. Side markers and edges are there."
    )
