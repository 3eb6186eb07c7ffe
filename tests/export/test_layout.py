"""The layout of a film is the mean brightness of the cells of a grid, and its score joins that of the graph."""

import numpy as np
import pytest
import torch

from export.layout import Layout
from training.data.spoiled_films import spoiled
from training.models.normalize import StandardizeFilm


@pytest.fixture
def films():
    """Noise of 4 films, 60 x 60."""
    return np.random.default_rng(0).integers(0, 256, (4, 60, 60, 1)).astype(np.uint8)


@pytest.mark.parametrize("grid", [4, 7])
def test_cells_are_means_of_the_standardised_film_even_where_they_end_within_a_pixel(films, grid):
    standardize = StandardizeFilm(0.1)
    found = Layout(standardize, grid, 60, 60)(torch.from_numpy(films)).numpy().reshape(4, grid, grid)
    film = (standardize(torch.from_numpy(films)).numpy()[:, :, :, 0] - 128) / 64
    fine = film.repeat(grid, axis=1).repeat(grid, axis=2)  # 60 parts of every pixel's side to a cell
    expected = fine.reshape(4, grid, 60, grid, 60).mean(axis=(2, 4))
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_another_window_leaves_the_layout_as_it_is(films):
    layout = Layout(StandardizeFilm(0.1), 5, 60, 60)
    dimmed = (films.astype(np.float32) * 0.6 + 30).round().astype(np.uint8)
    assert (layout(torch.from_numpy(films)) - layout(torch.from_numpy(dimmed))).abs().max() < 0.02


def test_spoiled_films_are_parts_and_turns_of_the_film(films):
    kinds = spoiled(films)
    assert all(changed.shape == films.shape and changed.dtype == np.uint8 for changed in kinds.values())
    np.testing.assert_array_equal(np.rot90(kinds["turned by a quarter"][0], -1), films[0])
    np.testing.assert_array_equal(np.rot90(kinds["turned by a quarter"][1]), films[1])
    np.testing.assert_array_equal(kinds["upside down"][2], np.rot90(films[2], 2))
    plain = np.zeros_like(films)
    plain[:, :, :30] = 200
    halves = spoiled(plain)
    assert halves["left half"].mean() > 195
    assert halves["right half"].mean() < 5
    assert set(np.unique(halves["upper half"][:, :, [0, -1]])) == {0, 200}
