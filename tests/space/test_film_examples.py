"""The films to click: real ones with their credits, and words that follow from what the model makes of them."""

from collections import Counter
from pathlib import Path

import pytest

from fovea import load
from space.credits import credit_rows
from space.film.examples import FILMS, OTHER, REFUSED, RIGHT, UNSURE, WRONG, examples, outcome, tally

ROOT = Path(__file__).parents[2]
SMALL = 700_000  # bytes of all films together


@pytest.fixture(scope="module")
def shown():
    return examples()


@pytest.fixture(scope="module")
def outcomes(shown):
    model = load(ROOT / "models" / "chest_xray.onnx")
    return [outcome(example, model) for example in shown]


def test_a_film_is_answered_and_what_is_no_film_of_a_patient_is_refused(shown, outcomes):
    assert RIGHT in outcomes
    found = {example.label: outcome for example, outcome in zip(shown, outcomes, strict=True)}
    assert (found[""], found["other_finding"]) == (REFUSED, OTHER)


def test_the_note_counts_what_this_model_makes_of_them(outcomes):
    counts = Counter(outcomes)
    assert sum(counts[kind] for kind in (RIGHT, WRONG, UNSURE, OTHER, REFUSED)) == len(credit_rows(FILMS))
    assert (
        f"Of {len(outcomes)} it names {counts[RIGHT]} rightly and {counts[WRONG]} wrongly, is not sure of "
        f"{counts[UNSURE]}, "
    ) in tally(outcomes)
    assert tally(outcomes).endswith(f" refuses {counts[REFUSED]}.")
    assert "is not sure of 0, says of 2 that it may show another finding, and refuses 1." in tally(
        [OTHER, OTHER, REFUSED]
    )
    assert "another finding" not in tally([RIGHT, REFUSED])


def test_every_class_and_two_collections_are_shown_and_a_caption_says_what_a_collection_says(shown):
    spec = load(ROOT / "models" / "chest_xray.onnx").spec
    assert {example.label for example in shown} == {*spec.classes, "other_finding", ""}
    assert len({example.collection for example in shown if example.label}) == 2
    captions = {"no pneumonia seen", "pneumonia", "COVID-19", "another finding", "no patient"}
    assert {example.caption for example in shown} == captions


def test_the_films_are_small_and_each_has_its_credits():
    assert sum(path.stat().st_size for path in FILMS.iterdir()) < SMALL
    rows = credit_rows(FILMS)
    assert all(row[key] for row in rows for key in ("title", "author", "licence", "source", "collection"))
    assert {path.name for path in FILMS.iterdir()} - {row["file"] for row in rows} == {"credits.json", "phantom.png"}
