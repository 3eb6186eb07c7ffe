"""The command from data to run folder, on a few hundred real digits."""

import json

import pytest

from training.checkpoint import load_checkpoint
from training.data.mnist import load_mnist

EXPECTED = {"config.json", "metrics.jsonl", "curves.png", "confusion_matrix.png", "report.md", "checkpoint.pt"}


@pytest.mark.parametrize(
    ("preset", "name"), [([], "lenet5"), (["--classic"], "classic"), (["--reference"], "reference")]
)
def test_each_form_trains_and_writes_its_whole_run_folder(run_module, mnist_dir, tmp_path, preset, name):
    result = run_module(
        "training", "digits", *preset, "--limit", 600, "--epochs", 2, "--data-dir", mnist_dir, "--runs-dir", tmp_path
    )
    assert result.returncode == 0, result.stderr
    folder = tmp_path / "digits" / name
    assert {path.name for path in folder.iterdir()} >= EXPECTED
    rows = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    assert [row["epoch"] for row in rows] == [1, 2]
    assert "images/s" in result.stderr
    assert "run ends in" in result.stderr
    checkpoint = load_checkpoint(folder / "checkpoint.pt")
    assert checkpoint.spec.metric("accuracy").n == 600
    assert checkpoint.seed == 0
    assert not checkpoint.model().training


def test_the_detector_beside_the_network_leaves_its_weights_as_they_are(run_module, mnist_dir, tmp_path):
    checkpoints = {}
    for epochs in (0, 2):
        options = ("--limit", 300, "--epochs", 1, "--detector-epochs", epochs, "--name", f"with{epochs}")
        result = run_module("training", "digits", *options, "--data-dir", mnist_dir, "--runs-dir", tmp_path)
        assert result.returncode == 0, result.stderr
        checkpoints[epochs] = load_checkpoint(tmp_path / "digits" / f"with{epochs}" / "checkpoint.pt")
    plain, beside = checkpoints[0].weights, checkpoints[2].weights
    assert all(beside[name].equal(weight) for name, weight in plain.items())
    assert checkpoints[2].model().detector is not None
    assert checkpoints[0].spec.parameters == checkpoints[2].spec.parameters == 61_706
    rows = [json.loads(line) for line in (tmp_path / "digits/with2/detector/metrics.jsonl").read_text().splitlines()]
    assert len(rows) == 2
    assert rows[1]["train_loss"] < rows[0]["train_loss"]
    for phase, epochs in (("drawings", 10), ("detector_drawings", 2)):
        assert len((tmp_path / "digits" / "with2" / phase / "metrics.jsonl").read_text().splitlines()) == epochs


def test_a_run_fails_where_it_misses_the_accuracy_asked_for(run_module, mnist_dir, tmp_path):
    options = ("--limit", 200, "--epochs", 1, "--min-accuracy", 0.999)
    result = run_module("training", "digits", *options, "--data-dir", mnist_dir, "--runs-dir", tmp_path)
    assert result.returncode != 0
    assert "under the minimum of 0.999" in result.stderr


def test_an_unknown_task_is_refused_with_the_allowed_ones(run_module):
    result = run_module("training", "digitz")
    assert result.returncode == 2
    assert "There is no task 'digitz'. Choose digits, flowers, chest_xray, objects or folder.\n" in result.stderr


def test_two_presets_at_once_are_refused(run_module):
    result = run_module("training", "digits", "--classic", "--reference")
    assert result.returncode == 2
    assert "exclude each other" in result.stderr


def test_the_splits_are_disjoint_parts_of_the_published_sets(mnist_dir):
    splits = load_mnist(mnist_dir, 1 / 12)
    assert (len(splits.train), len(splits.val), len(splits.test)) == (55_000, 5_000, 10_000)
    again = load_mnist(mnist_dir, 1 / 12)
    assert splits.val.pixels.equal(again.val.pixels)
    total = load_mnist(mnist_dir, 0).train.pixels.sum(dtype=int)
    assert splits.train.pixels.sum(dtype=int) + splits.val.pixels.sum(dtype=int) == total
