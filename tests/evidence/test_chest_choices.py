"""Tables of what the recipe of the chest network was chosen by."""

from evidence.results import chest_choices

MADE = {"command": "a command", "created": "2026-01-01", "hardware": "a processor"}
AUROC = {"value": 0.9, "interval": [0.85, 0.95], "n": 100}
BLOCK = {"sources": "siim and bimcv", "negative": "normal", "positive": "covid19"}


def planted(monkeypatch, **by_path):
    monkeypatch.setattr(chest_choices, "stored", by_path.get)


def test_what_was_not_run_has_no_table(monkeypatch):
    planted(monkeypatch)
    assert list(chest_choices.tables()) == []


def test_each_block_of_sources_is_a_column(monkeypatch):
    rows = [
        {"name": "all films", "left_out": [BLOCK | {"auroc": AUROC}]},
        {"name": "old films", "left_out": [BLOCK | {"auroc": None}]},
    ]
    planted(monkeypatch, **{chest_choices.SOURCES: MADE | {"n": 8155, "size": 299, "rows": rows}})
    (table,) = chest_choices.tables()
    title = "SIIM-FISABIO-RSNA COVID-19 and BIMCV-COVID19+: normal against covid19"
    assert table.header == ("training", title)
    assert table.rows == [["all films", "0.900 (0.850 to 0.950)"], ["old films", "-"]]
    assert "8,155 films in all" in table.note


def test_candidates_stand_with_the_mean_of_their_seeds(monkeypatch):
    figure = AUROC | {"seeds": [0.9, 0.91], "together": 0.92}
    row = {
        "name": "VGG16, frozen",
        "method": "frozen",
        "changes": {},
        "seconds": 300.0,
        "figures": {"macro_auroc": figure, "siim_auroc": figure},
    }
    same = row | {"name": "averaged weights", "method": "tuned", "changes": {"averaging": 0.99}}
    content = MADE | {"n_train": 1000, "n_val": 1631, "seeds": [0, 1], "rows": [row, same]}
    planted(monkeypatch, **{chest_choices.CHOICE: content})
    (table,) = chest_choices.tables()
    assert table.rows == [
        ["VGG16, frozen", "5 minutes", "0.905", "0.905", "-", "-", "-"],
        ["averaged weights", "-", "0.905", "0.905", "-", "-", "-"],  # the same layers learn
    ]
    assert table.note.startswith("Each AUC is the mean of 2 seeds. 1,000 films train each network")
