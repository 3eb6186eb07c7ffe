"""What the benchmarks of the page store: medians under the names that the results page reads."""

import pytest

from benchmarks import many_pens, page_weight
from benchmarks.page_load import PHONE, TABS, Visit
from evidence.results import app
from space.app import TABS as IN_THE_APP


def test_every_tab_of_the_app_is_visited():
    assert {tab.link for tab in TABS} == {tab.link for tab in IN_THE_APP}


def test_a_row_holds_the_medians_and_stands_on_the_results_page():
    visits = [Visit(1_000_000 + 1000 * number, 80, 900.4, 1500.0 * number, 0.01 * number) for number in (1, 2, 9)]
    row = page_weight.row_of(TABS[0], PHONE, visits)
    assert row == {
        **{"tab": "Digits", "setting": "phone", "bytes": 1_002_000, "requests": 80},
        **{"fcp_ms": 900, "lcp_ms": 3000, "cls": 0.02},
    }
    assert app.weight_row(row) == ["Digits", "1,002", "80", "0.9", "3.0", "0.020"]


def test_the_p95_of_many_pens_is_that_of_all_answers():
    row = many_pens.row_of(10, [float(number) for number in range(1, 101)])
    assert (row["answers"], row["median_ms"], row["largest_ms"]) == (100, 50.5, 100.0)
    assert 95 <= row["p95_ms"] <= 96


def test_a_tab_that_is_not_there_is_named():
    with pytest.raises(SystemExit, match="There is no tab digit"):
        page_weight.main(page_weight.Options(only=("digit",)))
