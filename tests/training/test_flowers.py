"""The command from photos to run folder, on a few dozen real photos."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from training.checkpoint import load_checkpoint
from training.experiments import same_network, transfer_methods

ROOT = Path(__file__).parents[2]
EXPECTED = {"config.json", "curves.png", "confusion_matrix.png", "report.md", "checkpoint.pt", "head", "tune"}
SMALL = ("--weights", "none", "--size", 64, "--limit", 60, "--views", 2)


def places(data_dir, folder):
    return ("--data-dir", data_dir, "--runs-dir", folder / "runs", "--cache-dir", folder / "prefix_cache")


def test_both_phases_train_and_the_run_folder_is_whole(run_module, small_flowers_dir, tmp_path):
    options = ("--backbone", "test_resnet", "--head-epochs", 2, "--tune-epochs", 2)
    result = run_module("training", "flowers", *SMALL, *options, *places(small_flowers_dir, tmp_path))
    assert result.returncode == 0, result.stderr
    folder = tmp_path / "runs" / "flowers" / "inception_v3"
    assert {path.name for path in folder.iterdir()} >= EXPECTED
    checkpoint = load_checkpoint(folder / "checkpoint.pt")
    assert checkpoint.spec.architecture == "transfer/test_resnet"
    assert checkpoint.spec.metric("accuracy").n == 60
    assert not checkpoint.model().training
    report = (folder / "report.md").read_text()
    assert "4 epochs" in report
    assert "near-duplicate" in report


def test_the_vgg16_reference_recipe_runs_from_end_to_end(run_module, small_flowers_dir, tmp_path):
    recipe = ("--recipe", "vgg16-reference", "--weights", "none")
    small = ("--size", 64, "--limit", 40, "--head-epochs", 1, "--tune-epochs", 1)
    result = run_module("training", "flowers", *recipe, *small, *places(small_flowers_dir, tmp_path))
    assert result.returncode == 0, result.stderr
    config = json.loads((tmp_path / "runs" / "flowers" / "vgg16-reference" / "config.json").read_text())
    kept = ("backbone", "head", "hidden", "dropout", "head_learning_rate", "tune_from", "tune_learning_rate")
    assert [config[name] for name in kept] == ["vgg16", "flat", 256, 0.5, 1e-4, "block5", 1e-5]


def test_an_interrupted_run_resumes_to_the_weights_of_an_uninterrupted_one(run_module, small_flowers_dir, tmp_path):
    # a network that is not through before it is interrupted
    options = [*SMALL, "--backbone", "resnet18", "--head-epochs", 2, "--tune-epochs", 8, "--batch-size", 4]
    whole = run_module("training", "flowers", *options, *places(small_flowers_dir, tmp_path / "whole"))
    assert whole.returncode == 0, whole.stderr
    folder = tmp_path / "stopped" / "runs" / "flowers" / "inception_v3"
    command = [sys.executable, "-m", "training", "flowers", *options, *places(small_flowers_dir, tmp_path / "stopped")]
    process = subprocess.Popen([*map(str, command)], cwd=ROOT, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 120
    while not (folder / "tune" / "state.pt").is_file() and time.monotonic() < deadline:
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGINT)
    assert "with --resume to continue" in process.communicate(timeout=60)[1]
    assert process.returncode == 130
    resumed = run_module("training", "flowers", *options, "--resume", *places(small_flowers_dir, tmp_path / "stopped"))
    assert resumed.returncode == 0, resumed.stderr
    expected = load_checkpoint(tmp_path / "whole" / "runs" / "flowers" / "inception_v3" / "checkpoint.pt").weights
    weights = load_checkpoint(folder / "checkpoint.pt").weights
    assert all(torch.equal(weights[name], expected[name]) for name in expected)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--recipe", "vgg19"), "The recipe is vgg19. Choose vgg16-reference"),
        (("--backbone", "vgg17", "--weights", "none"), "The backbone is 'vgg17'. Choose vgg16"),
        (("--weights", "nowhere.safetensors"), "The weights are 'nowhere.safetensors'. Choose hub, none"),
    ],
)
def test_a_wrong_option_is_refused_in_one_sentence(run_module, small_flowers_dir, tmp_path, options, sentence):
    result = run_module("training", "flowers", *options, "--limit", 10, *places(small_flowers_dir, tmp_path))
    assert result.returncode == 2
    assert sentence in result.stderr
    assert "Traceback" not in result.stderr


def test_the_parameters_that_each_method_trains_are_counted_without_training():
    options = same_network.Options(weights="none")
    sizes = {
        method: transfer_methods.parameters(method, same_network.settings(method, options), 5)
        for method in transfer_methods.METHODS
    }
    assert sizes["frozen"]["trained"] == 5 * (1280 + 1)  # a dense layer on the pooled maps
    assert sizes["frozen"]["trained"] < sizes["tuned"]["trained"] < sizes["scratch"]["trained"]
    assert {size["all"] for size in sizes.values()} == {sizes["scratch"]["trained"]}


def test_the_experiment_on_one_network_keeps_the_rows_of_the_same_settings(run_module, small_flowers_dir, tmp_path):
    out = tmp_path / "same_network.json"
    small = ("--weights", "none", "--limit", 10, "--size", 96, "--scratch-epochs", 1, "--json", out)
    result = run_module("training.experiments", "same_network", *small, "--data-dir", small_flowers_dir)
    assert result.returncode == 0, result.stderr
    first = json.loads(out.read_text())
    assert [row["method"] for row in first["rows"]] == ["frozen", "tuned", "scratch"]
    assert all(row["seconds"] > 0 and 0 <= row["accuracy"] <= 1 for row in first["rows"])
    first["rows"].pop()
    out.write_text(json.dumps(first))
    again = run_module("training.experiments", "same_network", *small, "--data-dir", small_flowers_dir)
    assert again.returncode == 0, again.stderr
    rows = json.loads(out.read_text())["rows"]
    assert [row["seconds"] for row in rows[:2]] == [row["seconds"] for row in first["rows"]]
    assert rows[2]["method"] == "scratch"


def test_the_transfer_experiment_writes_its_json_and_its_plot(run_module, small_flowers_dir, tmp_path):
    files = ("--json", tmp_path / "training_sizes.json", "--plot", tmp_path / "training_sizes.png")
    small = ("--weights", "none", "--limit", 20, "--per-class", 2, "--seeds", 1, "--scratch-steps", 2)
    where = ("--data-dir", small_flowers_dir, "--cache-dir", tmp_path / "prefix_cache")
    result = run_module("training.experiments", "training_sizes", *small, *files, *where)
    assert result.returncode == 0, result.stderr
    rows = json.loads((tmp_path / "training_sizes.json").read_text())["rows"]
    assert [(row["method"], row["n_train"]) for row in rows] == [
        (method, n) for n in (10, 20) for method in ("frozen", "tuned", "scratch")
    ]
    assert (tmp_path / "training_sizes.png").stat().st_size > 10_000
