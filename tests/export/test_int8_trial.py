"""The choice of an int8 form: stages at the end become float, one rung after another, until one is good."""

from dataclasses import replace

import pytest

from export.batches import run
from export.calibration import CALIBRATIONS
from export.int8_trial import LADDER, Bench, Rung, Trial, calibrated_trials, climbed
from export.judge import BY_ACCURACY, Judge
from export.model_file import opened

FAST, SLOW = (1.0, 2.0), (2.0, 2.0)  # seconds by int8 and by float


@pytest.fixture(scope="module")
def bench(googlenet, training_pixels, val):
    """Its figure is how near the probabilities are to those of the float form, which has 1."""
    exact = run(opened(googlenet), val[0])["probabilities"]
    judge = Judge("nearness", lambda found, _: 1 - float(abs(found - exact).mean()), max_loss=0, kept_share=0.95)
    return Bench(googlenet, training_pixels, *val, judge)


@pytest.fixture(scope="module")
def first(bench):
    return bench.trial("minmax")


@pytest.mark.parametrize(("max_loss", "tried"), [(1.0, ["minmax"]), (-1.0, list(CALIBRATIONS))])
def test_ranges_are_looked_for_until_a_form_is_good(bench, max_loss, tried):
    bench.judge = replace(bench.judge, max_loss=max_loss)
    assert [trial.calibration for trial in calibrated_trials(bench)] == tried


def climb(bench, first, max_loss, seconds=FAST):
    bench.judge = replace(bench.judge, max_loss=max_loss)
    return climbed(bench, first, lambda trial: Rung(trial, *seconds))


def test_the_first_rung_is_int8_throughout_and_enough_where_it_is_good(bench, first):
    (rung,) = climb(bench, first, max_loss=1 - first.figure)
    assert (rung.trial.float_stages, rung.trial.precision) == (0, "int8")


def test_stages_become_float_until_the_figure_is_good(bench, first):
    fourth = bench.trial("minmax", float_stages=4)
    assert fourth.figure > first.figure  # the premise: float stages help
    rungs = climb(bench, first, max_loss=1 - fourth.figure)
    stages = [rung.trial.float_stages for rung in rungs]
    assert stages == list(LADDER[: len(stages)])
    assert 1 < len(stages) <= 4
    assert [bench.is_good(rung.trial) for rung in rungs] == [*[False] * (len(rungs) - 1), True]
    assert rungs[-1].trial.precision == "int8 and float32"


def test_no_more_become_float_where_that_is_no_longer_faster(bench, first):
    rungs = climb(bench, first, max_loss=0, seconds=SLOW)
    assert [rung.trial.float_stages for rung in rungs] == [0]


def test_a_form_that_moves_is_never_good(bench, first):
    steady = Trial("minmax", 0, first.proto, figure=1.0, move=0.02)
    assert bench.is_good(steady)
    assert not bench.is_good(replace(steady, move=0.0201))
    assert not bench.is_good(replace(steady, move=float("nan")))


def test_accuracy_may_lose_a_fifth_of_a_point():
    assert BY_ACCURACY.max_loss == 0.002
