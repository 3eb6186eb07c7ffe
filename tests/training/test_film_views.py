"""Views of radiographs, and the standardisation that the network does itself."""

import numpy as np
import pytest
import torch
from PIL import Image

from training.models.normalize import StandardizeFilm
from training.views import FilmViews

ROWS, COLUMNS = np.mgrid[0:64, 0:64]
FILM = Image.fromarray((60 + 2 * ROWS + (COLUMNS % 16)).astype(np.uint8))


def test_a_view_depends_on_film_and_number_alone():
    views = FilmViews(48, 48)
    first = views.render(FILM, b"a", 3)
    assert first.shape == (48, 48, 1)
    assert torch.equal(first, views.render(FILM, b"a", 3))
    assert not torch.equal(first, views.render(FILM, b"b", 3))
    assert not torch.equal(first, views.render(FILM, b"a", 4))


def test_without_photometric_change_only_the_geometry_moves():
    still = FilmViews(64, 64, rotation=0.0, shift=0.0, scale=0.0, photometric=0.0)
    assert np.array_equal(still.render(FILM, b"a", 1)[:, :, 0], np.asarray(FILM))


@pytest.mark.parametrize(("flip", "mirrored"), [(False, 0), (True, 15)])
def test_half_the_views_are_mirrored_where_that_is_asked_for(flip, mirrored):
    views = FilmViews(64, 64, rotation=0.0, shift=0.0, scale=0.0, photometric=0.0, flip=flip)
    found = sum(not np.array_equal(views.render(FILM, b"a", n)[:, :, 0], np.asarray(FILM)) for n in range(1, 31))
    assert abs(found - mirrored) <= 6


def pixels(film):
    return torch.from_numpy(np.asarray(film)[None, :, :, None].copy())


def test_standardised_films_have_one_mean_and_contrast_whatever_the_window():
    layer = StandardizeFilm(border=0.0)
    plain = layer(pixels(FILM))
    darker = layer((pixels(FILM).float() * 0.5 + 10).round().byte())
    assert plain.mean() == pytest.approx(128, abs=0.5)
    assert plain.std() == pytest.approx(64, abs=2)
    assert (plain - darker).abs().max() < 6


def test_the_border_is_mid_grey_and_tells_nothing():
    layer = StandardizeFilm(border=0.1)
    marked = pixels(FILM).clone()
    marked[:, :6] = 255
    marked[:, :, -6:] = 0
    assert torch.equal(layer(marked), layer(pixels(FILM)))
    assert torch.equal(layer(marked)[:, :6], torch.full((1, 6, 64, 1), 128.0))


def test_a_film_of_one_value_stays_finite():
    assert torch.equal(
        StandardizeFilm(0.0)(torch.full((1, 8, 8, 1), 7, dtype=torch.uint8)), torch.full((1, 8, 8, 1), 128.0)
    )
