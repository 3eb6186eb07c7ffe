"""The experiment `fitting`: three trainings that differ on purpose, beside those that were gathered before."""

import json

from training.experiments.fitting import CASES, FEW

OTHER = {"task": "objects", "run": "googlenet", "verdict": "as it was"}


def test_it_trains_three_nets_and_keeps_the_other_rows(run_module, mnist_dir, tmp_path):
    out = tmp_path / "curves.json"
    out.write_text(json.dumps({"rows": [OTHER]}))
    small = ("--limit", 400, "--epochs", 2, "--data-dir", mnist_dir, "--json", out)
    result = run_module("training.experiments", "fitting", *small)
    assert result.returncode == 0, result.stderr
    written = json.loads(out.read_text())
    assert written["experiment"] == "curves"  # so that Compare reads it
    rows = {row["run"]: row for row in written["rows"]}
    assert rows.pop("googlenet") == OTHER
    assert rows.keys() == {"underfits", "fits", "overfits"}
    for row in rows.values():
        assert (row["task"], row["title"], row["command"]) == (
            *("digits", "LeNet-5", "python -m training.experiments fitting"),
        )
        assert [epoch["epoch"] for epoch in row["epochs"]] == [1, 2]
        assert row["n_test"] == 400
    assert "300 times too low" in rows["underfits"]["discussion"][0]
    reached = {name: row["epochs"][-1]["train_accuracy"] for name, row in rows.items()}
    assert reached["underfits"] < reached["fits"]


def test_only_the_one_that_overfits_has_few_digits():
    assert {case.name: case.n_train for case in CASES} == {"underfits": None, "fits": None, "overfits": FEW}
