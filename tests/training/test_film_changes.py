"""Films as another source might have stored them, without their markers, and cut to the lungs."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from training.data.chest_xray import FilmChoice, chosen_films
from training.data.spread import spread
from training.experiments.film_changes import (
    RIM,
    ChangedConfig,
    HistogramsOfOthers,
    LungsAlone,
    RimsOfOthers,
    WithoutMarkers,
    changed_share,
    lung_box,
    with_histogram,
    with_rim,
    without_markers,
)
from training.recipes.chest_xray import DEFAULT

LEFT, UPPER, RIGHT, LOWER = 30, 40, 190, 160  # of the drawn lungs


@pytest.fixture(scope="module")
def films(small_films_dir):
    return spread(chosen_films(small_films_dir, FilmChoice()), 60)


def drawn_film(marker=""):
    """Two dark lungs in a light chest, with air around it, uint8 (224, 224)."""
    film = Image.new("L", (224, 224), 0)
    draw = ImageDraw.Draw(film)
    draw.rectangle((12, 12, 212, 223), fill=170)
    draw.ellipse((LEFT, UPPER, 100, LOWER), fill=60)
    draw.ellipse((125, UPPER, RIGHT, LOWER), fill=60)
    draw.text((20, 20), marker, fill=255, font_size=20)
    return np.asarray(film)


def test_grey_levels_become_those_of_the_other_film_and_keep_their_order():
    random = np.random.default_rng(0)
    film = random.integers(0, 100, (50, 50)).astype(np.uint8)
    other = random.normal(180, 20, (60, 60)).clip(0, 255).astype(np.uint8)
    changed = with_histogram(film, other)
    assert np.quantile(changed, [0.1, 0.5, 0.9]) == pytest.approx(np.quantile(other, [0.1, 0.5, 0.9]), abs=3)
    order = np.argsort(film.ravel(), kind="stable")
    assert (np.diff(changed.ravel()[order].astype(int)) >= 0).all()


def test_the_rim_is_the_other_films_and_the_inside_stays():
    film, other = np.full((100, 100), 10, np.uint8), np.full((50, 50), 200, np.uint8)
    changed = with_rim(film, other)
    rim = round(RIM * 100)
    assert (changed[rim:-rim, rim:-rim] == 10).all()
    assert (changed == 10).sum() == (100 - 2 * rim) ** 2
    assert set(np.unique(changed)) == {10, 200}


def test_a_bright_letter_at_the_side_goes_and_the_film_stays():
    plain, marked = drawn_film(), drawn_film("L")
    assert (plain != marked).sum() > 20
    assert (without_markers(marked) >= 240).sum() == 0
    inside = (slice(60, 200), slice(20, 200))
    assert (without_markers(marked)[inside] == plain[inside]).all()


def test_the_box_holds_both_lungs_and_little_else():
    left, upper, right, lower = lung_box(drawn_film())
    assert max(left - LEFT, upper - UPPER, RIGHT - right, LOWER - lower) <= 15
    assert (right - left) * (lower - upper) < 0.7 * 224 * 224


def test_a_film_without_lungs_is_left_whole():
    assert lung_box(np.full((224, 224), 128, np.uint8)) is None
    assert LungsAlone()(Image.new("L", (200, 224), 128), b"", 0).size == (200, 224)


def test_many_real_films_are_cut_and_marked_ones_are_cleaned(films):
    assert 0.4 < changed_share(films, LungsAlone()) < 1
    assert 0.2 < changed_share(films, WithoutMarkers()) < 1


@pytest.mark.parametrize("kind", [RimsOfOthers, HistogramsOfOthers])
def test_half_of_the_augmented_views_meet_a_film_of_their_class_from_another_source(films, kind):
    change = kind(films)
    index = films.indices(sources=["rsna"], labels=["normal"])[0]
    film, digest = films.photos.photo(index), films.photos.digests[index]
    assert change(film, digest, 0) is film
    changed = [change(film, digest, number) is not film for number in range(1, 41)]
    assert 8 < sum(changed) < 32
    assert change(film, b"a film that is not in training", 1) is film
    others = films.where(labels=["normal"]).where(sources=["kermany", "nih", "siim"])
    partners = {change.partner(digest, number).tobytes() for number in range(1, 41) if changed[number - 1]}
    own = {np.asarray(others.photos.photo(place)).tobytes() for place in range(len(others))}
    assert partners <= own


def test_views_are_those_of_the_recipe_on_changed_films(films):
    config = ChangedConfig(**vars(DEFAULT), change=LungsAlone())
    film, digest = films.photos.photo(0), films.photos.digests[0]
    plain, changed = DEFAULT.make_views(), config.make_views()
    cut = config.change(film, digest, 2)
    assert changed.render(film, digest, 2).shape == plain.render(film, digest, 2).shape
    assert changed.render(film, digest, 0).equal(plain.render(cut, digest, 0))
    assert changed.key(digest, 1) != plain.key(digest, 1)
