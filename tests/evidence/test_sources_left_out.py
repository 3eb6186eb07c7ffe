"""Sources left out of training, from what such a run keeps, on answers made by hand."""

import dataclasses
import json
import re

import numpy as np
import pytest
import torch
from made_films import films_of
from torch.nn.functional import one_hot

from evidence.chest_xray_findings import left_out_title
from evidence.chest_xray_shortcuts import sources_left_out
from evidence.run_settings import portable
from evidence.sources import evidence
from training.data.chest_xray import Film, Films
from training.recipes.chest_xray import DEFAULT, save_validation
from training.report import plain, write_config

TUNED = dataclasses.replace(DEFAULT, size=96)
HEADS = dataclasses.replace(TUNED, head_epochs=6, tune_epochs=0, leave_out=True)


def films(labels, *sources):
    """Films of each of `sources` in turn, a patient each."""
    made = films_of(labels, [str(index) for index in range(len(labels))])
    known = tuple(Film(film.patient, sources[index % len(sources)]) for index, film in enumerate(made.known))
    return Films(made.photos, known)


@pytest.fixture
def run(tmp_path):
    """A run with two blocks left out: answers on the first are right, those on the second are not worth anything."""
    generator = torch.Generator().manual_seed(0)
    for name, unseen, strength in (
        ("kermany", films([0, 1] * 40, "kermany"), 9),
        ("siim-bimcv", films([0, 2, 2, 0] * 40, "siim", "bimcv"), 0),
    ):
        folder = tmp_path / f"without-{name}"
        folder.mkdir()
        logits = strength * one_hot(unseen.photos.labels, 3) + torch.randn(len(unseen), 3, generator=generator)
        save_validation(folder / "val.npz", logits, unseen)
    write_config(tmp_path, plain(HEADS))
    return tmp_path


def test_each_pair_of_classes_of_each_block_has_its_auc(run):
    kermany, hospitals = evidence(run)["rows"]
    assert (kermany["sources"], kermany["positive"], kermany["n positive"]) == (["kermany"], "pneumonia", 40)
    assert kermany["auroc"] == {"value": 1.0, "interval": [1.0, 1.0], "n": 80}
    assert (hospitals["sources"], hospitals["positive"]) == (["siim", "bimcv"], "covid19")
    low, high = hospitals["auroc"]["interval"]
    assert low < 0.5 < high
    assert high - low == pytest.approx(4 * 0.0457, rel=0.15)  # of 80 against 80 that nothing tells apart
    assert left_out_title(hospitals).startswith("SIIM-FISABIO-RSNA COVID-19 and BIMCV-COVID19+ left out of training")


def test_a_block_with_three_classes_has_three_pairs(run):
    unseen = films([0, 1, 2] * 20, "own")
    folder = run / "without-own"
    folder.mkdir()
    save_validation(folder / "val.npz", 9.0 * one_hot(unseen.photos.labels, 3), unseen)
    rows = [row for row in evidence(run)["rows"] if row["sources"] == ["own"]]
    assert [(row["negative"], row["positive"], row["auroc"]["n"]) for row in rows] == [
        ("normal", "pneumonia", 40),
        ("normal", "covid19", 40),
        ("pneumonia", "covid19", 40),
    ]


def test_what_an_earlier_run_left_behind_is_not_taken(run):
    write_config(run, plain(dataclasses.replace(HEADS, leave_out=False)))
    assert evidence(run) == {"rows": []}
    with pytest.raises(FileNotFoundError, match=r"holds no sources left out\. Name the folder of a run"):
        evidence(run, run)


def test_figures_of_another_run_say_how_it_was_trained(run, tmp_path):
    found = evidence(tmp_path / "not read", run)
    report = sources_left_out({"sources": found, "settings": portable(plain(TUNED))})
    assert (
        "| Kermany 2018 left out of training, normal against pneumonia | 80 | 40 | 1.000 (1.000 to 1.000) | yes |"
        in report
    )
    assert re.search(r"BIMCV-COVID19\+ left out of training, .* \| no \|", report)
    assert "The backbone of these networks was not tuned." in report
    assert "head_epochs 6 (shipped: 0), tune_epochs 0 (shipped: 3)." in report
    assert "train_folds" not in report
    same = sources_left_out({"sources": found, "settings": portable(plain(HEADS))})
    assert "The settings are those of the shipped network." in same


def test_the_commands_that_leave_sources_out_are_those_of_the_run():
    report = sources_left_out({"sources": {"rows": []}, "settings": portable(plain(TUNED))})
    first, second, third = re.findall(r"`([^`]+)`", report)
    shared = "python -m training chest_xray --size 96"
    assert first == f"{shared} --train-folds 0 --leave-out --name left_out"
    assert second == f"{shared} --head-epochs 6 --tune-epochs 0 --train-folds 0 --leave-out --name left_out"
    assert third == "python -m evidence chest_xray --redo sources --left-out-run runs/chest_xray/left_out"


def test_a_run_folder_without_settings_is_named(tmp_path):
    (tmp_path / "folds.json").write_text(json.dumps([]))
    np.savez(tmp_path / "val.npz", labels=[])
    with pytest.raises(FileNotFoundError, match=r"config\.json is missing"):
        evidence(tmp_path)
