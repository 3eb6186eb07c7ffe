"""The command from films to run folder, on a few dozen real films."""

import json
import re
import shutil

import numpy as np
import pytest
import torch

from training.abstention import ANSWER_ERRORS, abstention_threshold
from training.checkpoint import load_checkpoint
from training.data.chest_xray import CLASSES, FILM_PX, FilmChoice, chosen_films


@pytest.fixture
def run_dir(chest_run):
    return chest_run / "runs" / "chest_xray" / "inception_v3"


def test_every_fold_is_trained_and_the_first_one_is_reported(run_dir):
    folds = json.loads((run_dir / "folds.json").read_text())
    assert len(folds) == 2
    assert set(folds[0]) >= {"accuracy", "macro_auroc", "kermany_auroc", "siim_auroc"}
    assert "AUC on validation films within sources: SIIM, no pneumonia" in (run_dir / "report.md").read_text()
    assert {path.name for path in run_dir.iterdir()} >= {"report.md", "curves.png", "confusion_matrix.png", "fold-1"}


def test_each_fold_keeps_what_its_figures_are_made_from(run_dir):
    folds = json.loads((run_dir / "folds.json").read_text())
    seen = []
    for number, figures in enumerate(folds):
        val = np.load(run_dir / f"fold-{number}" / "val.npz")
        names, logits, labels = val["files"].tolist(), val["logits"], val["labels"]
        assert logits.shape == (len(names), 3)
        for fact in ("patients", "sources", "views", "ages"):
            assert len(val[fact]) == len(labels) == len(names)
        assert {name.split("/")[0] for name, source in zip(names, val["sources"], strict=True) if source == "siim"} == {
            *("negative", "covid19"),
        }
        assert "bimcv" not in val["sources"]
        assert figures["accuracy"] == (logits.argmax(1) == labels).mean()
        seen += names
    assert len(set(seen)) == len(seen)


def test_a_run_that_was_stopped_between_two_folds_goes_on_to_the_same_figures(train_chest, chest_run, tmp_path):
    shutil.copytree(chest_run, tmp_path, dirs_exist_ok=True)
    stopped = tmp_path / "runs" / "chest_xray" / "inception_v3"
    before = json.loads((stopped / "folds.json").read_text())
    shutil.rmtree(stopped / "fold-1")
    (stopped / "folds.json").unlink()
    train_chest(tmp_path, "--resume")
    assert json.loads((stopped / "folds.json").read_text()) == before


def test_the_checkpoint_rebuilds_a_network_for_grey_films(run_dir):
    checkpoint = load_checkpoint(run_dir / "checkpoint.pt")
    spec = checkpoint.spec
    assert (spec.task, spec.channels, spec.fit, spec.detail_px) == ("chest_xray", 1, "stretch", FILM_PX)
    assert 1 / 3 <= spec.abstain_below <= 1
    assert "research and education" in spec.licence
    assert all(name in spec.data_licence for name in ("Kermany 2018: CC BY 4.0.", "RSNA 2018: ", "RICORD"))
    assert spec.meanings[0].startswith("No pneumonia seen")
    assert "typical of COVID-19" in spec.meanings[2]
    with torch.no_grad():
        pixels = torch.randint(0, 256, (2, 64, 64, 1), dtype=torch.uint8)
        network = checkpoint.model()
        logits, every = network(pixels), network.head(network.maps(pixels))
    assert (logits.shape, every.shape) == ((2, 3), (2, 4))  # the last is that of another finding
    assert every[:, :3].equal(logits)
    assert any("It gives none where a film seems to show something else" in sentence for sentence in spec.limits)


@pytest.fixture
def own_films(small_films_dir, tmp_path):
    """A CSV of 45 real films a class with sources of its own."""
    films = chosen_films(small_films_dir, FilmChoice(sources=("kermany", "siim")))
    lines = ["file,label,patient,source"]
    for label in CLASSES:
        some = films.where(labels=[label])
        lines += [f"{some.photos.paths[k]},{label},{label}-{k},{'ab'[k % 2]}" for k in range(45)]
    path = tmp_path / "films.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def on_own_films(own_films, tmp_path):
    """What trains a small network on them alone."""
    return (
        *("--backbone", "test_resnet", "--weights", "none", "--size", 64, "--views", 1, "--folds", 3),
        *("--head-epochs", 1, "--tune-epochs", 0, "--data-dir", tmp_path / "none", "--cache-dir", tmp_path / "cache"),
        *("--runs-dir", tmp_path, "--films", own_films, "--films-only"),
    )


def test_mixing_and_averaging_change_what_is_learned(run_module, on_own_films, tmp_path):
    learned = {}
    for name, options in {"plain": (), "mixed": ("--mix-sources",), "averaged": ("--averaging", 0.9)}.items():
        small = ("--head-epochs", 0, "--tune-epochs", 1, "--name", name)
        result = run_module("training", "chest_xray", *on_own_films, *small, *options)
        assert result.returncode == 0, result.stderr
        (epoch,) = (tmp_path / "chest_xray" / name / "fold-0" / "tune" / "metrics.jsonl").read_text().splitlines()
        learned[name] = {key: json.loads(epoch)[key] for key in ("train_loss", "val_loss")}
    assert learned["mixed"]["train_loss"] != learned["plain"]["train_loss"]
    assert learned["averaged"]["train_loss"] == learned["plain"]["train_loss"]  # the last weights train on
    assert learned["averaged"]["val_loss"] != learned["plain"]["val_loss"]


def test_sources_are_left_out_without_a_network_that_ships(run_module, on_own_films, tmp_path):
    result = run_module("training", "chest_xray", *on_own_films, "--train-folds", 0, "--leave-out")
    assert result.returncode == 0, result.stderr
    run = tmp_path / "chest_xray" / "inception_v3"
    assert set(json.loads((run / "left_out.json").read_text())) == {"a", "b"}
    assert not (run / "checkpoint.pt").exists()
    assert "report" not in result.stdout
    nothing = run_module("training", "chest_xray", *on_own_films, "--train-folds", 0)
    assert nothing.returncode == 2
    assert "Add --leave-out, or train one fold or more." in nothing.stderr


def test_a_network_is_trained_on_films_of_ones_own_alone(run_module, on_own_films, tmp_path):
    result = run_module("training", "chest_xray", *on_own_films, "--train-folds", 1, "--leave-out")
    assert result.returncode == 0, result.stderr
    run = tmp_path / "chest_xray" / "inception_v3"
    spec = load_checkpoint(run / "checkpoint.pt").spec
    assert "films of a and b, and ImageNet" in spec.training_data
    assert spec.licence == "as the owner of the films decides"
    assert any("Other findings (a nodule, fluid, a collapsed lung) get one of the three" in one for one in spec.limits)
    left_out = json.loads((run / "left_out.json").read_text())
    assert set(left_out) == {"a", "b"}
    assert set(left_out["a"]) == {
        *("normal against pneumonia", "normal against covid19", "pneumonia against covid19"),
    }


def test_a_class_of_too_few_patients_is_named(run_module, own_films, tmp_path):
    few = [line for number, line in enumerate(own_films.read_text().splitlines()) if number < 93]
    own_films.write_text("\n".join(few) + "\n")
    places = ("--data-dir", tmp_path, "--runs-dir", tmp_path, "--films", own_films, "--films-only")
    result = run_module("training", "chest_xray", "--weights", "none", *places)
    assert result.returncode == 2
    assert re.search(r"holds no film of covid19\. Add films of more patients", result.stderr)


def test_no_answer_below_the_confidence_where_errors_begin():
    confidence = torch.linspace(0.99, 0.51, 100)
    probabilities = torch.stack([confidence, 1 - confidence, torch.zeros(100)], dim=1)
    labels = (torch.arange(100) >= 90).long()  # the ten least sure answers are wrong
    threshold = abstention_threshold(probabilities, labels)
    answered = probabilities.max(1).values >= threshold
    wrong = labels[answered].float().mean()
    assert wrong <= ANSWER_ERRORS
    assert answered.sum() == 92
