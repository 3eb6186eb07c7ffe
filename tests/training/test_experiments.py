"""Experiments write what they measured, with the command and the number of films."""

import json


def test_mirrored_films_are_probed_beside_plain_ones(run_module, films_dir, tmp_path):
    out = tmp_path / "flip.json"
    options = ("--weights", "none", "--limit", 120, "--data-dir", films_dir, "--cache-dir", tmp_path / "features")
    result = run_module("training.experiments", "chest_flip", *options, "--json", out)
    assert result.returncode == 0, result.stderr
    written = json.loads(out.read_text())
    assert written["n"] == 120
    for form in ("films as they are", "mirrored films too"):
        assert 0 < written[form]["accuracy"] < 1
        assert written[form].keys() >= {"accuracy", "macro_auroc", "nih_auroc", "kermany_auroc"}
    assert written["films as they are"] != written["mirrored films too"]


def test_an_unknown_experiment_is_named(run_module):
    result = run_module("training.experiments", "nothing")
    assert result.returncode == 2
    assert "The experiment is nothing; allowed are transfer, chest_inputs, chest_flip." in result.stderr
