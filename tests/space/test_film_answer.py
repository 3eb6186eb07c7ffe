"""The answer on a film in words, and what such answers were worth: as the card beside the file says, and no more."""

import dataclasses
import json
import re
from pathlib import Path

import numpy as np
import pytest

from fovea import Prediction, load, read_header
from space.film.answer import OTHER, UNLIKE, answer_on_film
from space.film.words import in_words
from space.film.worth import ELSEWHERE, HOME, NOT_MEASURED, worth, worth_in_words

ROOT = Path(__file__).parents[2]
MODEL = ROOT / "models" / "chest_xray.onnx"
PERCENT = re.compile(r"\d+(\.\d)? %")


@pytest.fixture(scope="module")
def header():
    return read_header(MODEL)


@pytest.fixture
def say(header):
    """The answer for a film of this probability of pneumonia and these scores."""
    spec = dataclasses.replace(header.spec, abstain_below=0.8)

    def answered(probability, ood_score, other_finding=0.2):
        scores = {"ood_score": np.array([ood_score]), "other_finding": np.array([other_finding])}
        outputs = {"probabilities": np.array([[1 - probability, probability, 0]])} | scores
        return answer_on_film(Prediction.of(outputs, spec, np.zeros((1, 1, 1), np.uint8)), spec, header.card)

    return answered


@pytest.mark.parametrize(
    ("probability", "ood_score", "decided", "words"),
    [
        (0.79, 0.7, "Not sure", "has 79 %. This model does not answer below 80 %."),
        (0.80, 0.7, "pneumonia", "80 %"),
        (0.10, 0.7, "no pneumonia seen", "90 %"),
        (0.79, 1.2, UNLIKE, "It scores 1.2 times the cut-off for unfamiliar images."),
        (0.99, 1.0, UNLIKE, "There is no answer."),
    ],
)
def test_both_ways_not_to_answer_are_answers_of_their_own(say, header, probability, ood_score, decided, words):
    page = say(probability, ood_score)
    assert words in page
    assert f">{decided}<" in page
    assert (header.spec.meanings[1] in page) == (decided == "pneumonia")


def test_a_refused_film_has_no_bars_and_one_percentage_that_is_not_of_the_film(say, header):
    refused, unsure = say(0.99, 1.0), say(0.79, 0.7)
    kept = header.spec.metric("in_distribution", "val")
    assert [found[0] for found in PERCENT.finditer(refused)] == [f"{kept.value * 100:.0f} %"]
    assert "fovea-bars" not in refused
    assert "fovea-bars" in unsure


def test_a_film_that_may_show_something_else_gets_no_class_and_keeps_its_bars(say, header):
    page = say(0.95, 0.7, 1.3)
    kept = header.spec.metric("no_other_finding", "val")
    assert f">{OTHER}<" in page
    assert "It scores 1.3 times the cut-off for findings that this model cannot name." in page
    assert f"Of the validation films, which have none, {kept.value * 100:.0f} % lie below it." in page
    assert "The percentages are calibrated" in say(0.95, 0.7)
    assert "calibrated" not in page
    assert "fovea-bars" in page
    assert 'class="fill best"' not in page
    assert header.spec.meanings[1] not in page
    assert f">{UNLIKE}<" in say(0.95, 1.2, 1.3)  # then nothing else counts


def test_what_answers_are_worth_stands_beside_an_answer_alone(say):
    assert "On films of other hospitals" in say(0.9, 0.7)
    assert "fovea-worth" not in say(0.79, 0.7) + say(0.9, 1.2)


@pytest.mark.parametrize(("films", "part"), [(ELSEWHERE, "external"), (HOME, "test")])
def test_the_figures_are_those_of_the_evidence(header, films, part):
    evidence = json.loads((ROOT / "docs" / "chest_xray" / "evidence.json").read_text())[part]["answered"]
    found = worth(header.card, films)
    right = evidence["accuracy of the answers"]
    assert (found.n, found.answered) == (evidence["n"], pytest.approx(evidence["answered"]["value"], abs=5e-4))
    assert (found.right, *found.interval) == pytest.approx((right["value"], *right["interval"]), abs=5e-4)


CARD = """
## When it does not answer

| films | n | unlike a chest film | not sure | answered | accuracy of the answers |
| --- | --- | --- | --- | --- | --- |
| test fold | 40 | 0.0 % (0.0 to 8.0) | 50.0 % (40.0 to 60.0) | 50.0 % (40.0 to 60.0) | {home} |
| other hospitals | 1,200 | 5.0 % (4.0 to 6.0) | 65.0 % (64.0 to 66.0) | 30.0 % (29.0 to 31.0) | {elsewhere} |

## Next
"""


def test_the_sentences_give_each_figure_with_its_interval_and_number():
    card = CARD.format(home="0.950 (0.900 to 0.980)", elsewhere="0.580 (0.550 to 0.620)")
    assert worth_in_words(card) == (
        "On films of other hospitals 58 of 100 answers were right (95 % interval 55 to 62). "
        "There the model answered 30 of 100 films, of 1,200 in all. "
        "At the hospitals that it learned from, 95 of 100 answers were right, on films without another finding."
    )


@pytest.mark.parametrize("card", ["", "## Data\n\n| films |\n", CARD.format(home="none", elsewhere="none")])
def test_a_card_without_the_figures_is_said_to_have_none(card):
    assert worth_in_words(card) == NOT_MEASURED


def test_programs_keep_the_names_that_the_file_has():
    model = load(MODEL)
    prediction = model.predict(np.zeros((8, 8), np.uint8))
    said = in_words(prediction)
    assert set(said.classes) == {"no pneumonia seen", "pneumonia", "COVID-19"}
    assert set(prediction.as_dict()["probabilities"]) == {"normal", "pneumonia", "covid19"}
    assert said.decision.reasons == prediction.decision.reasons
