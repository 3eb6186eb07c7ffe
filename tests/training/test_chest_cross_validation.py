"""Figures of the grouped cross-validation and of the DarkCovidNet protocol, on numbers made by hand."""

import dataclasses
import json

import numpy as np
import pytest
import torch
from made_films import films_of
from torch.nn.functional import one_hot

from evidence.cross_validation import evidence, mean_over_folds
from evidence.darkcovidnet import (
    another_recipe,
    begin,
    epochs_of_as_many_steps,
    random_folds,
    shared_patients,
    without_measures,
)
from evidence.darkcovidnet import evidence as darkcovidnet_evidence
from evidence.run_settings import portable
from training.data.chest_xray import CLASSES
from training.recipes.chest_xray import DEFAULT, fold_figures, save_validation
from training.report import plain, write_config


@pytest.fixture
def run(tmp_path):
    """A run folder with three folds of sixty films, two of each patient; three of four answers are right."""
    generator = torch.Generator().manual_seed(0)
    rows = []
    for number in range(3):
        labels = [index % 3 for index in range(60)]
        films = films_of(labels, [f"{number}-{index // 6}" for index in range(60)])
        logits = 2 * one_hot(films.photos.labels, 3) + torch.randn(60, 3, generator=generator)
        folder = tmp_path / f"fold-{number}"
        folder.mkdir()
        save_validation(folder / "val.npz", logits, films)
        rows.append(fold_figures(logits.softmax(1).numpy(), films))
    (tmp_path / "folds.json").write_text(json.dumps(rows))
    write_config(tmp_path, plain(dataclasses.replace(DEFAULT, tune_epochs=7)))
    return tmp_path


def test_every_film_is_in_the_pooled_figures_once(run):
    found = evidence(run)
    pooled = found["pooled"]
    assert (found["folds"], pooled["n"], pooled["patients"]) == (3, 180, 30)
    confusion = np.array(pooled["confusion"])
    assert confusion.sum(1).tolist() == [60, 60, 60]
    assert pooled["accuracy"]["value"] == pytest.approx(confusion.trace() / 180, abs=1e-4)
    assert pooled["accuracy"]["value"] == found["accuracy"]["value"]  # folds of one size
    low, high = pooled["macro_auroc"]["interval"]
    assert low < pooled["macro_auroc"]["value"] < high
    assert sum(row["n"] for row in pooled["reliability"]) == 180


def test_each_class_has_means_over_the_folds(run):
    found = evidence(run)
    for name in CLASSES:
        figures = found["classes"][name]
        assert figures["n"] == 60
        for key in ("precision", "recall", "f1", "auroc"):
            low, high = figures[key]["interval"]
            assert 0 <= low < figures[key]["value"] < high <= 1
            assert figures[key]["n"] == 3
    recalls = [found["classes"][name]["recall"]["value"] for name in CLASSES]
    assert np.mean(recalls) == pytest.approx(found["accuracy"]["value"], abs=1e-4)  # classes of one size


def test_a_fold_has_the_temperature_of_the_others(run):
    before = evidence(run)["pooled"]["temperatures"]
    path = run / "fold-0" / "val.npz"
    stored = dict(np.load(path))
    np.savez(path, **(stored | {"logits": 3 * stored["logits"]}))
    after = evidence(run)["pooled"]["temperatures"]
    assert after[0] == before[0]
    assert after[1] > before[1]
    assert after[2] > before[2]


def test_one_fold_alone_has_no_figure_that_a_temperature_moves(run):
    rows = json.loads((run / "folds.json").read_text())
    (run / "folds.json").write_text(json.dumps(rows[:1]))
    found = evidence(run)
    assert (found["folds"], found["pooled"]["n"]) == (1, 60)
    assert found["accuracy"]["interval"] is None
    assert found["pooled"]["accuracy"]["value"] == found["accuracy"]["value"]
    low, high = found["pooled"]["accuracy"]["interval"]
    assert low < high
    assert not {"ece", "reliability", "temperatures"} & set(found["pooled"])


def test_the_settings_of_the_run_come_without_its_folders(run):
    settings = evidence(run)["settings"]
    assert settings["tune_epochs"] == 7
    assert not {"data_dir", "runs_dir", "cache_dir"} & set(settings)


@pytest.mark.parametrize(
    ("values", "half"),
    [
        ([0.9], None),
        ([0.90, 0.94], 12.706 * 0.02),
        ([0.90, 0.94] * 5, 2.262 * 0.02 * (10 / 9 / 10) ** 0.5),
    ],
)
def test_the_interval_over_folds_is_that_of_the_t_distribution(values, half):
    mean = mean_over_folds(values)
    assert (mean["value"], mean["n"]) == (pytest.approx(np.mean(values)), len(values))
    if half is None:
        assert mean["interval"] is None
    else:
        low, high = np.mean(values) - half, min(1.0, np.mean(values) + half)
        assert mean["interval"] == pytest.approx([low, high], abs=1e-4)


@pytest.mark.parametrize(
    ("n_films", "n_recipe", "epochs"),
    [
        (1124, 4686, 26),  # 5 * 4,686 films pass in 26 epochs of 899
        (1124, 899, 5),
        (1124, 100, 5),  # never fewer than the recipe's own
    ],
)
def test_as_many_films_pass_as_in_the_recipe(n_films, n_recipe, epochs):
    assert epochs_of_as_many_steps(dataclasses.replace(DEFAULT, tune_epochs=5), n_films, n_recipe) == epochs


def test_shared_patients_are_counted_by_fold_and_by_class():
    labels = [index % 2 for index in range(100)]
    alone = films_of(labels, [f"{index}" for index in range(100)])
    assert shared_patients(alone) == {"n": 100, "nih": 100, "shared": 0, "same class": 0}
    together = films_of(labels, ["one"] * 100)
    assert shared_patients(together) == {"n": 100, "nih": 100, "shared": 100, "same class": 100}
    by_class = films_of([0, 1] * 50, [f"{index // 2}" for index in range(100)])
    found = shared_patients(by_class)
    test_of = {index: number for number, (_, test) in enumerate(random_folds(by_class)) for index in test}
    assert found["shared"] == sum(2 * (test_of[2 * pair] != test_of[2 * pair + 1]) for pair in range(50)) > 0
    assert found["same class"] == 0


def test_folds_of_an_interrupted_protocol_are_not_trained_again(tmp_path):
    films = films_of([index % 3 for index in range(60)], [str(index) for index in range(60)])
    epochs = epochs_of_as_many_steps(DEFAULT, 60, 48)
    run = dataclasses.replace(without_measures(DEFAULT), tune_epochs=epochs, runs_dir=tmp_path, name="random")
    begin(run.folder, portable(plain(run)))
    for number, (_, test) in enumerate(random_folds(films)):
        held_out = films.take(test)
        answers = held_out.photos.labels.clone()
        answers[0] = (answers[0] + 1) % 3  # one wrong answer a fold
        (run.folder / f"fold-{number}").mkdir()
        save_validation(run.folder / f"fold-{number}" / "val.npz", 9.0 * one_hot(answers, 3), held_out)
    config = dataclasses.replace(DEFAULT, runs_dir=tmp_path)
    found = darkcovidnet_evidence(config, films, 48, random_folds, "random")  # the films hold no pixels to train on
    assert (found["n"], found["accuracy"]["value"]) == (60, pytest.approx(55 / 60, abs=1e-4))
    assert found["accuracy by fold"] == [pytest.approx(11 / 12, abs=1e-4)] * 5
    assert not run.folder.exists()


def test_a_protocol_of_other_settings_starts_anew(tmp_path):
    folder = tmp_path / "random"
    begin(folder, {"seed": 0})
    (folder / "fold-0").mkdir()
    begin(folder, {"seed": 0})
    assert (folder / "fold-0").is_dir()
    begin(folder, {"seed": 1})
    assert [path.name for path in folder.iterdir()] == ["config.json"]


def test_networks_of_an_earlier_recipe_are_told_from_those_without_measures():
    shipped = portable(plain(dataclasses.replace(DEFAULT, size=224, last_stage="Mixed_6e", train_folds=1)))
    own = portable(
        plain(dataclasses.replace(without_measures(DEFAULT), size=224, last_stage="Mixed_6e", tune_epochs=9))
    )
    assert another_recipe(own, shipped) == {}
    before = {name: value for name, value in own.items() if name not in ("archives", "balance_views")}  # not yet known
    earlier = before | {"size": 299, "last_stage": None}
    assert another_recipe(earlier, shipped) == {"size": (299, 224), "last_stage": (None, "Mixed_6e")}
