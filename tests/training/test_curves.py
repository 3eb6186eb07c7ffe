"""The experiment `curves` gathers how runs went from their folders."""

import json
import shutil

import pytest

from training.experiments.curves import Options, main

RUN = {
    **{"task": "flowers", "run": "vgg16-reference", "title": "vgg16", "architecture": "transfer/vgg16", "seed": 0},
    **{"command": "a command", "created": "2026-01-01", "accuracy": 0.9, "interval": [0.87, 0.93], "n_test": 395},
}


def plant(folder, *accuracies):
    folder.mkdir(parents=True)
    rows = [
        {"epoch": number, "train_accuracy": accuracy, "train_loss": 0.5, "val_accuracy": accuracy, "val_loss": 0.5}
        | {"seconds": 2.0}
        for number, accuracy in enumerate(accuracies, start=1)
    ]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def plant_phases(folder):
    plant(folder / "head", 0.7, 0.8)
    plant(folder / "tune", 0.85)
    (folder / "config.json").write_text(json.dumps({"tune_from": "block5"}))


@pytest.fixture
def options(tmp_path):
    (tmp_path / "tasks.json").write_text(json.dumps({"rows": [RUN]}))
    return Options(*(tmp_path / name for name in ("runs", "docs", "tasks.json", "curves.json")))


def test_the_phases_of_a_transfer_run_are_counted_through(options):
    plant_phases(options.runs_dir / "flowers" / "vgg16-reference")
    (row,) = main(options)["rows"]
    assert [(each["epoch"], each["phase"], each["val_accuracy"]) for each in row["epochs"]] == [
        *[(1, 0, 0.7), (2, 0, 0.8)],
        (3, 1, 0.85),
    ]
    assert row["phases"] == ["head on frozen features", "fine-tuning from block5"]
    assert "Fine-tuning from block5 adds 5.0 points in 1 epoch: 85.0 %." in row["discussion"]
    assert row["verdict"].startswith("Underfitting. More epochs would help. ")
    assert (row["seconds"], row["accuracy"], row["command"]) == (6.0, 0.9, "a command")


def test_of_a_run_of_folds_the_first_one_is_shown(options):
    folder = options.runs_dir / "flowers" / "vgg16-reference"
    plant(folder / "fold-0" / "tune", 0.7, 0.8)
    plant(folder / "fold-1" / "tune", 0.1)
    (row,) = main(options)["rows"]
    assert [each["val_accuracy"] for each in row["epochs"]] == [0.7, 0.8]


def test_a_run_without_phases_may_be_kept_in_the_documents_and_its_row_outlives_them(options):
    folder = options.docs_dir / "flowers" / "vgg16-reference"
    plant(folder, 0.7, 0.8)
    (row,) = main(options)["rows"]
    assert (len(row["epochs"]), row["phases"], row["discussion"]) == (2, [], [])
    (folder / "metrics.jsonl").unlink()
    assert main(options)["rows"] == [row]


def test_the_row_of_a_run_that_is_gone_is_discussed_by_the_rules_of_today(options):
    plant_phases(options.runs_dir / "flowers" / "vgg16-reference")
    (row,) = main(options)["rows"]
    old = json.loads(options.json.read_text())
    old["rows"][0]["discussion"] = ["What was said before."]
    options.json.write_text(json.dumps(old))
    shutil.rmtree(options.runs_dir)
    assert main(options)["rows"] == [row]


def test_without_a_single_epoch_the_command_that_is_missing_is_named(options):
    with pytest.raises(FileNotFoundError, match=r"has its metrics\.jsonl in"):
        main(options)
    options.tasks.unlink()
    with pytest.raises(FileNotFoundError, match=r"Run `python -m training\.experiments tasks`"):
        main(options)
