"""The experiment `tasks` gathers the figures of runs from their checkpoints."""

import json

import pytest

from fovea import Metric, ModelSpec
from training.checkpoint import Checkpoint, save_checkpoint
from training.experiments.tasks import Options, command, main
from training.models import build


def save_run(runs_dir, name, accuracy, **metrics):
    """A digits run whose LeNet-5 was never trained."""
    model = build("lenet5")
    spec = ModelSpec(
        **{"task": "digits", "title": "LeNet-5", "architecture": "lenet5", "classes": tuple("0123456789")},
        **{"height": 28, "width": 28, "channels": 1, "fit": "mnist", "parameters": 61_706, "limits": ()},
        **{"training_data": "none", "data_licence": "none", "licence": "none", "created": "2026-01-01"},
        metrics=() if accuracy is None else (Metric("accuracy", accuracy, "test", 100, (0.5, 0.95)),),
    )
    folder = runs_dir / "digits" / name
    folder.mkdir(parents=True)
    checkpoint = Checkpoint(spec, {}, model.state_dict(), {"epochs": 3}, metrics, 7, "unknown")
    save_checkpoint(folder / "checkpoint.pt", checkpoint)


def test_each_run_gives_its_accuracy_time_and_cost(tmp_path):
    save_run(tmp_path / "runs", "one", 0.9, train_seconds=12.5)
    save_run(tmp_path / "runs", "without-test", None)
    written = main(Options(tmp_path / "runs", tmp_path / "tasks.json"))
    (row,) = written["rows"]
    assert (row["task"], row["run"], row["accuracy"], row["n_test"]) == ("digits", "one", 0.9, 100)
    assert (row["train_seconds"], row["epochs"], row["seed"]) == (12.5, 3, 7)
    assert (row["parameters"], row["multiply_adds"], row["data"]) == (61_706, 416_520, "none")
    assert row["command"] == "python -m training digits --name one"


@pytest.mark.parametrize(
    ("run", "words"),
    [
        (("digits", "lenet5", "lenet5"), "digits"),
        (("digits", "lenet5_classic", "classic"), "digits --recipe classic"),
        (("objects", "transfer/inception_v3", "inception_v3"), "objects --model inception_v3"),
        (("objects", "googlenet", "wide"), "objects --name wide"),
        (("flowers", "transfer/vgg16", "vgg16-reference"), "flowers --recipe vgg16-reference"),
    ],
)
def test_the_command_is_one_that_trains_the_run(run, words):
    assert command(*run) == f"python -m training {words}"


def test_a_row_stays_when_its_run_is_gone_and_gives_way_to_a_new_run(tmp_path):
    save_run(tmp_path / "early", "one", 0.8)
    save_run(tmp_path / "early", "two", 0.7)
    save_run(tmp_path / "late", "two", 0.75)
    out = tmp_path / "tasks.json"
    main(Options(tmp_path / "early", out))
    main(Options(tmp_path / "late", out))
    assert [(row["run"], row["accuracy"]) for row in json.loads(out.read_text())["rows"]] == [
        ("one", 0.8),
        ("two", 0.75),
    ]


def test_without_any_run_nothing_is_written(tmp_path):
    with pytest.raises(FileNotFoundError, match="python -m training"):
        main(Options(tmp_path / "runs", tmp_path / "tasks.json"))
    assert not (tmp_path / "tasks.json").exists()
