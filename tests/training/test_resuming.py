"""A resumed run goes on from its own state with its own settings, or says in a sentence why it cannot."""

import dataclasses
import json
import os
import shutil
import signal
import time

import pytest
import torch
from commands import started_forked

from training.__main__ import main
from training.checkpoint import load_checkpoint
from training.data import first as first_of
from training.loop import Interrupted
from training.recipes import digits as digits_recipe
from training.run_folder import begin_run
from training.run_record import state_record

SMALL = ("--backbone", "test_resnet", "--weights", "none", "--size", "64", "--views", "1", "--schedule", "constant")
EPOCHS = ("--head-epochs", "2", "--tune-epochs", "1")


def command(data_dir, folder, *more):
    places = ("--data-dir", data_dir, "--runs-dir", folder / "runs", "--cache-dir", folder / "prefix_cache")
    return [*map(str, ("flowers", *SMALL, *EPOCHS, *places, *more))]


def run_of(folder):
    return folder / "runs" / "flowers" / "inception_v3"


def weights_of(folder):
    return load_checkpoint(run_of(folder) / "checkpoint.pt").weights


def same(first, second):
    return all(torch.equal(first[name], second[name]) for name in second)


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != "lock"}


def wait_for(condition, seconds=120):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def is_of_run(path, number):
    return path.is_file() and state_record(path).number == number


def test_a_second_run_that_is_stopped_in_its_head_phase_resumes_to_its_own_weights(run, tiny_flowers_dir, tmp_path):
    second = ("--seed", "1", "--head-epochs", "20", "--head-learning-rate", "0.001")
    assert main(command(tiny_flowers_dir, tmp_path / "whole", *second)) == 0
    with started_forked("training", *command(tiny_flowers_dir, run, *second)) as (child, completed):
        wait_for(lambda: is_of_run(run_of(run) / "head" / "state.pt", 2))
        os.kill(child.pid, signal.SIGINT)
        stopped = completed()
    assert stopped.returncode == 130, stopped.stderr
    assert is_of_run(run_of(run) / "tune" / "state.pt", 1)  # the older run's
    assert load_checkpoint(run_of(run) / "checkpoint.pt").seed == 0
    assert json.loads((run_of(run) / "config.json").read_text())["seed"] == 0  # as the checkpoint beside it
    assert main(command(tiny_flowers_dir, run, *second, "--resume")) == 0
    assert is_of_run(run_of(run) / "tune" / "state.pt", 2)
    assert load_checkpoint(run_of(run) / "checkpoint.pt").seed == 1
    assert same(weights_of(run), weights_of(tmp_path / "whole"))


def test_the_detector_of_an_older_run_is_not_taken_up(digits, tmp_path):
    first = dataclasses.replace(digits_recipe.DEFAULT, epochs=1, detector_epochs=1, runs_dir=tmp_path / "runs")
    second = dataclasses.replace(first, seed=1, epochs=2)
    whole = dataclasses.replace(second, runs_dir=tmp_path / "whole")

    few = first_of(digits, 120)

    def train(config):
        torch.manual_seed(config.seed)
        begin_run(config)
        return digits_recipe.train(config, few).model.state_dict()

    expected = train(whole)
    train(first)
    torch.manual_seed(second.seed)
    begin_run(second)
    trainer = digits_recipe.make_trainer(second, few)
    augment, steps = trainer.augment, []

    def interrupting(pixels):
        steps.append(1)
        if len(steps) == 1:
            os.kill(os.getpid(), signal.SIGINT)
        return augment(pixels)

    trainer.augment = interrupting
    with pytest.raises(Interrupted):
        trainer.fit(few.train, few.val)
    assert is_of_run(first.folder / "detector" / "state.pt", 1)
    resumed = train(dataclasses.replace(second, resume=True))
    assert is_of_run(first.folder / "detector" / "state.pt", 2)
    assert same(resumed, expected)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--seed", "1"), ["--seed 1 (it began with 0)"]),
        (("--limit", "60"), ["--limit 60 (it began with None)"]),
        (
            ("--dropout", "0.5", "--batch-size", "8", "--tune-learning-rate", "0.01"),
            [
                "--dropout 0.5 (it began with 0.3)",
                "--batch-size 8 (it",
                "--tune-learning-rate 0.01 (it began with 0.0002)",
            ],
        ),
        (("--schedule", "one-cycle"), ["--schedule one-cycle (it began with constant)"]),
        (("--backbone", "resnet18"), ["--backbone resnet18 (it began with test_resnet)"]),
        (("--tune-epochs", "0"), ["--tune-epochs 0 (it began with 1)"]),
        (("--head-epochs", "3"), ["--head-epochs 3 (it began with 2)"]),  # fine-tuning began from a head of 2
        (
            ("--schedule", "one-cycle", "--tune-epochs", "4"),
            ["--schedule one-cycle", "--tune-epochs 4 (it began with 1)"],
        ),
    ],
)
def test_other_settings_are_refused_by_name_and_nothing_changes(run, tiny_flowers_dir, capsys, options, said):
    before = contents(run_of(run))
    assert main(command(tiny_flowers_dir, run, *options, "--resume")) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert all(part in line for part in said)
    assert line.count("it began with") == len(said) or len(said) > 1
    assert contents(run_of(run)) == before


def test_more_epochs_of_a_constant_rate_give_what_so_many_from_the_start_give(run, tiny_flowers_dir, tmp_path, capsys):
    more = ("--tune-epochs", "3")
    assert main(command(tiny_flowers_dir, tmp_path / "whole", *more)) == 0
    capsys.readouterr()
    assert main(command(tiny_flowers_dir, run, *more, "--resume")) == 0
    assert "--tune-epochs grows from 1 to 3. The run goes on from its last step" in capsys.readouterr().err
    assert same(weights_of(run), weights_of(tmp_path / "whole"))
    assert json.loads((run_of(run) / "config.json").read_text())["tune_epochs"] == 3


def test_epochs_do_not_grow_behind_the_phase_that_went_on_from_them(mnist_dir, tmp_path, capsys):
    few = ("--limit", "200", "--schedule", "constant", "--drawing-epochs", "1", "--detector-epochs", "0")
    words = ["digits", *few, "--data-dir", str(mnist_dir), "--runs-dir", str(tmp_path)]
    assert main([*words, "--epochs", "1"]) == 0
    capsys.readouterr()
    assert main([*words, "--epochs", "2", "--resume"]) == 2
    assert "cannot be resumed with --epochs 2 (it began with 1)" in capsys.readouterr().err


def test_a_resumed_run_says_how_long_all_its_epochs_took(run, tiny_flowers_dir):
    def seconds():
        return load_checkpoint(run_of(run) / "checkpoint.pt").metrics["train_seconds"]

    lines = [line for path in run_of(run).glob("*/metrics.jsonl") for line in path.read_text().splitlines()]
    assert main(command(tiny_flowers_dir, run, "--resume")) == 0
    assert seconds() == pytest.approx(sum(json.loads(line)["seconds"] for line in lines))


def test_what_does_not_change_the_result_may_differ(run, tiny_flowers_dir, tmp_path):
    moved = shutil.copytree(tiny_flowers_dir, tmp_path / "moved")
    free = ("--no-cache", "--cache-gb", "1", "--strict", "--min-accuracy", "0.01")
    before = weights_of(run)
    assert main(command(moved, run, "--resume", *free, "--cache-dir", tmp_path / "elsewhere")) == 0
    assert same(weights_of(run), before)


def test_other_images_are_refused(run, tiny_flowers_dir, tmp_path, capsys):
    other = shutil.copytree(tiny_flowers_dir, tmp_path / "other")
    for path in (other / "flower_photos" / "daisy").iterdir():
        shutil.copy(other / "flower_photos" / "roses" / path.name.replace("daisy", "roses"), path)
    assert main(command(other, run, "--resume")) == 2
    assert "head/state.pt was trained on other images than those that are here now." in capsys.readouterr().err


def test_there_is_nothing_to_resume_where_no_run_is_or_the_last_one_saved_nothing(
    run, tiny_flowers_dir, tmp_path, capsys
):
    assert main(command(tiny_flowers_dir, tmp_path / "empty", "--resume")) == 2
    assert "There is nothing to resume" in capsys.readouterr().err
    record = run_of(run) / "run.json"
    record.write_text(
        record.read_text().replace('"number": 1', '"number": 2')
    )  # as a run leaves it that is killed early
    assert main(command(tiny_flowers_dir, run, "--resume")) == 2
    assert "stopped before it saved anything" in capsys.readouterr().err


def test_a_state_that_names_no_run_is_refused(run, tiny_flowers_dir, capsys):
    for path in run_of(run).glob("*/state.pt"):
        torch.save({key: value for key, value in torch.load(path).items() if key not in ("run", "settings")}, path)
    assert main(command(tiny_flowers_dir, run, "--resume")) == 2
    assert "head/state.pt does not say which run it belongs to." in capsys.readouterr().err


def test_a_truncated_state_is_named(run, tiny_flowers_dir, capsys):
    path = run_of(run) / "tune" / "state.pt"
    path.write_bytes(path.read_bytes()[:1000])
    assert main(command(tiny_flowers_dir, run, "--resume")) == 2
    assert f"{path} is damaged. Delete it" in capsys.readouterr().err


def test_a_run_without_fine_tuning_leaves_no_curve_of_an_older_ones(run, tiny_flowers_dir):
    assert (run_of(run) / "tune" / "metrics.jsonl").is_file()
    assert main(command(tiny_flowers_dir, run, "--tune-epochs", "0")) == 0
    assert not list((run_of(run) / "tune").iterdir())
    assert "2 epochs" in (run_of(run) / "report.md").read_text()


def test_a_second_run_of_a_name_is_refused_while_the_first_lives_and_a_killed_one_leaves_no_lock(
    tiny_flowers_dir, tmp_path, capsys
):
    options = ("--head-epochs", "30")
    with started_forked("training", *command(tiny_flowers_dir, tmp_path, *options)) as (child, completed):
        wait_for((run_of(tmp_path) / "head" / "state.pt").is_file)
        assert main(command(tiny_flowers_dir, tmp_path, *options)) == 2
        assert f"Another process trains in {run_of(tmp_path)}." in capsys.readouterr().err
        os.kill(child.pid, signal.SIGKILL)
        assert completed().returncode == -signal.SIGKILL
    assert main(command(tiny_flowers_dir, tmp_path, *options, "--resume")) == 0
    assert is_of_run(run_of(tmp_path) / "tune" / "state.pt", 1)
