"""The loop: stopped and resumed equals uninterrupted."""

import dataclasses
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from training.loop import Interrupted
from training.recipes.digits import DEFAULT, make_trainer

ROOT = Path(__file__).parents[2]
SMALL = dataclasses.replace(DEFAULT, epochs=2, batch_size=64)


def trained(config, digits, *, resume=False, stop_after=None, averaging=0.0):
    config.folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(config.seed)
    trainer = make_trainer(config, digits)
    trainer.averaging = averaging
    augment, calls = trainer.augment, []

    def interrupting(pixels):
        calls.append(1)
        if len(calls) == stop_after:
            os.kill(os.getpid(), signal.SIGINT)
        return augment(pixels)

    trainer.augment = interrupting
    progress = trainer.fit(digits.train, digits.val, resume=resume)
    return trainer.model.state_dict(), progress


@pytest.mark.parametrize("stop_after", [4, 10, 13])
def test_a_run_stopped_by_ctrl_c_and_resumed_has_the_weights_of_an_uninterrupted_run(tmp_path, digits, stop_after):
    whole, whole_progress = trained(dataclasses.replace(SMALL, runs_dir=tmp_path / "whole"), digits)
    config = dataclasses.replace(SMALL, runs_dir=tmp_path / "stopped")
    with pytest.raises(Interrupted):
        trained(config, digits, stop_after=stop_after)
    resumed, progress = trained(config, digits, resume=True)
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)
    losses = [row["train_loss"] for row in whole_progress.history]
    assert [row["train_loss"] for row in progress.history] == pytest.approx(losses, abs=1e-12)


def test_averaged_weights_are_kept_and_are_those_of_an_uninterrupted_run_too(tmp_path, digits):
    plain, _ = trained(dataclasses.replace(SMALL, runs_dir=tmp_path / "plain"), digits)
    whole, _ = trained(dataclasses.replace(SMALL, runs_dir=tmp_path / "whole"), digits, averaging=0.9)
    assert not torch.equal(whole["features.conv1.weight"], plain["features.conv1.weight"])
    config = dataclasses.replace(SMALL, runs_dir=tmp_path / "stopped")
    with pytest.raises(Interrupted):
        trained(config, digits, stop_after=13, averaging=0.9)
    resumed, _ = trained(config, digits, resume=True, averaging=0.9)
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


def test_two_seeds_give_two_networks(tmp_path, digits):
    first, _ = trained(dataclasses.replace(SMALL, runs_dir=tmp_path / "a", seed=1), digits)
    second, _ = trained(dataclasses.replace(SMALL, runs_dir=tmp_path / "b", seed=2), digits)
    assert not torch.equal(first["features.conv1.weight"], second["features.conv1.weight"])


def test_resuming_without_a_state_says_which_file_is_missing(tmp_path, digits):
    with pytest.raises(FileNotFoundError, match="nothing to resume"):
        trained(dataclasses.replace(SMALL, runs_dir=tmp_path), digits, resume=True)


def test_two_processes_train_one_network(mnist_dir, tmp_path):
    launcher = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "-m", "training"]
    last_of_one = ("--limit", "601", "--batch-size", "120")  # the second process has no image of its own in it
    options = ("digits", *last_of_one, "--epochs", "1", "--data-dir", str(mnist_dir), "--runs-dir", str(tmp_path))
    environment = os.environ | {"ACCELERATE_USE_CPU": "true", "OMP_NUM_THREADS": "1"}
    result = subprocess.run(
        [*launcher, *options], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("val_accuracy") == 2  # each process reports the same network
    assert len(set(re.findall(r"test_accuracy [\d.]+", result.stdout))) == 1
