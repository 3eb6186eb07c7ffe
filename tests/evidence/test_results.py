"""The results page: what is stored stands on it, and what is not stored is left out."""

import json
from pathlib import Path

import pytest

from evidence.results import by_hand, chest_xray, front, page, training
from evidence.results.stored import ROOT, model
from evidence.results.table import rounded, share

TEXT = page.text()
FIGURE = {"value": 0.9, "interval": [0.8, 0.95], "n": 1000}


def test_every_network_that_ships_has_its_figures():
    for name in front.ROWS:
        accuracy = model(name).spec.metric("accuracy")
        assert share(accuracy.value, accuracy.interval, 1).partition(" (")[0] in front.lines()
        assert f"{accuracy.n:,}" in front.lines()


def test_every_figure_copied_by_hand_stands_on_the_page_and_says_so():
    sections = {section.key for section in page.SECTIONS}
    tables = {key: by_hand.tables(key) for key in sections}
    assert sum(map(len, tables.values())) == (by_hand.PATH.read_text()).count("[[table]]")
    for table in (table for found in tables.values() for table in found):
        assert table.command, table.title
        assert table.created, table.title
        assert table.hardware, table.title
        assert all(len(row) == len(table.header) for row in table.rows), table.title
        assert table.section() in TEXT
        assert by_hand.COPIED in table.section()


def test_every_table_names_its_command():
    tables = TEXT.split("\n### ")[1:]
    assert len(tables) > 30
    assert [table.partition("\n")[0] for table in tables if "\n\nBy `" not in table] == []


def test_every_stored_experiment_is_on_the_page():
    stored = [json.loads(path.read_text()) for path in (ROOT / "space" / "results").glob("*.json")]
    assert len(stored) > 6
    shown_elsewhere = {"architectures", "curves"}  # counts of layers, and the curves that reports draw
    missing = [each["command"] for each in stored if f"`{each['command']}`" not in TEXT]
    assert {command.split()[-1] for command in missing} <= shown_elsewhere


def test_chest_figures_are_left_out_part_by_part(monkeypatch):
    monkeypatch.setattr(chest_xray, "experiment", lambda _name: None)
    monkeypatch.setattr(chest_xray, "evidence", dict)
    assert list(chest_xray.tables()) == []
    assert chest_xray.accuracy("external") is None
    assert front.OTHERS not in front.lines()
    row = {"source": "rsna", "view": "AP", "age": "adult", "negative": "normal", "positive": "pneumonia"}
    some = {"test": {"accuracy": FIGURE, "within": [row | {"auroc": FIGURE, "n positive": 5}]}, "external": {}}
    monkeypatch.setattr(chest_xray, "evidence", lambda: some)
    whole, within = chest_xray.tables()
    assert whole.rows == [["right answers", "90.0 % (80.0 to 95.0)", "1,000"]]
    films = "RSNA 2018, view AP, age adult"
    assert within.rows == [[films, "normal against pneumonia", "0.900 (0.800 to 0.950)", "1,000"]]
    assert within.command == "python -m evidence chest_xray"


def test_evidence_on_another_file_than_the_one_that_ships_is_not_read(monkeypatch):
    assert chest_xray.evidence()["revision"] == model("chest_xray").revision
    monkeypatch.setattr(chest_xray, "stored", lambda _path: {"revision": "0" * 64, "test": {"accuracy": FIGURE}})
    assert chest_xray.evidence() == {}


def test_an_experiment_that_was_not_run_has_no_table(monkeypatch):
    monkeypatch.setattr(training, "experiment", lambda _name: None)
    for tables in (
        training.training_sizes,
        training.same_network,
        training.locality,
        training.residual,
        training.latency,
    ):
        assert list(tables()) == []


@pytest.mark.parametrize(
    ("value", "figures", "shown"),
    [(0.3497, 2, "0.35"), (11.53, 2, "12"), (268123.4, 2, "270,000"), (0.0641, 3, "0.0641")],
)
def test_numbers_are_rounded_and_never_written_as_powers(value, figures, shown):
    assert rounded(value, figures) == shown


@pytest.mark.parametrize(
    ("ratio", "shown"), [(268123.4, "270,000 times"), (0.0213, "0.021 times"), (3e-12, "10⁻¹² times")]
)
def test_a_ratio_too_small_to_read_is_a_power_of_ten(ratio, shown):
    assert training.times(ratio) == shown


def test_a_readme_without_the_markers_is_refused():
    with pytest.raises(ValueError, match="lacks the line"):
        front.filled("# Fovea\n")
    around = f"before\n{front.BEGIN}\nyesterday\n{front.END}\nafter\n"
    assert front.filled(front.filled(around)) == front.filled(around)
    assert "yesterday" not in front.filled(around)
    assert Path(ROOT / "README.md").read_text().count(front.BEGIN) == 1
