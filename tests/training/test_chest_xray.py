"""The command from films to run folder, on a few dozen real films."""

import json
import shutil

import numpy as np
import pytest
import torch

from training.checkpoint import load_checkpoint
from training.data.chest_xray import CLASSES, FILM_PX
from training.recipes.chest_xray import ANSWER_ERRORS, abstention_threshold


@pytest.fixture
def run_dir(chest_run):
    return chest_run / "runs" / "chest_xray" / "inception_v3"


def test_every_fold_is_trained_and_the_first_one_is_reported(run_dir):
    folds = json.loads((run_dir / "folds.json").read_text())
    assert len(folds) == 2
    assert set(folds[0]) >= {"accuracy", "macro_auroc", "kermany_auroc"}
    assert {path.name for path in run_dir.iterdir()} >= {"report.md", "curves.png", "confusion_matrix.png", "fold-1"}


def test_each_fold_keeps_what_its_figures_are_made_from(run_dir):
    folds = json.loads((run_dir / "folds.json").read_text())
    seen = []
    for number, figures in enumerate(folds):
        val = np.load(run_dir / f"fold-{number}" / "val.npz")
        names, logits, labels = val["files"].tolist(), val["logits"], val["labels"]
        assert logits.shape == (len(names), 3)
        assert len(labels) == len(val["patients"]) == len(val["sources"]) == len(names)
        assert [name.split("/")[0] for name in names] == [CLASSES[label] for label in labels]
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
    with torch.no_grad():
        logits = checkpoint.model()(torch.randint(0, 256, (2, 64, 64, 1), dtype=torch.uint8))
    assert logits.shape == (2, 3)


def test_no_answer_below_the_confidence_where_errors_begin():
    confidence = torch.linspace(0.99, 0.51, 100)
    probabilities = torch.stack([confidence, 1 - confidence, torch.zeros(100)], dim=1)
    labels = (torch.arange(100) >= 90).long()  # the ten least sure answers are wrong
    threshold = abstention_threshold(probabilities, labels)
    answered = probabilities.max(1).values >= threshold
    wrong = labels[answered].float().mean()
    assert wrong <= ANSWER_ERRORS
    assert answered.sum() == 92
