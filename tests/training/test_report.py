"""The verdict on over- and underfitting: each case with the numbers that it rests on."""

import json
from pathlib import Path

import pytest

from training.report import verdict

ROOT = Path(__file__).parents[2]


def history(train, val, val_loss):
    rows = zip(train, val, val_loss, strict=True)
    keys = ("epoch", "train_accuracy", "val_accuracy", "val_loss")
    return [dict(zip(keys, (epoch, *row), strict=True)) for epoch, row in enumerate(rows, start=1)]


def test_a_wide_gap_behind_which_validation_stands_still_is_overfitting():
    assert verdict(history([0.9, 0.95, 0.99], [0.9, 0.925, 0.92], [0.3, 0.25, 0.26])) == (
        "Overfitting. Training accuracy ends 7.00 points above validation accuracy, and validation loss at 1.04 "
        "times its lowest. The last quarter gained -0.50 points. The best epoch is 2 of 3."
    )


def test_a_rising_validation_loss_is_overfitting_though_accuracy_gains_and_there_is_no_gap():
    assert verdict(history([0.9, 0.93, 0.94], [0.9, 0.93, 0.94], [0.3, 0.2, 0.3])) == (
        "Overfitting. Training accuracy ends 0.00 points above validation accuracy, and validation loss at 1.50 "
        "times its lowest. The last quarter gained +1.00 points. The best epoch is 3 of 3."
    )


def test_a_gap_while_validation_still_gains_is_not_overfitting_yet():
    assert verdict(history([0.7, 0.85, 0.94], [0.7, 0.85, 0.9], [0.9, 0.5, 0.4])) == (
        "A gap, but validation still gains. This is not overfitting yet, and longer training may help. Training "
        "accuracy ends 4.00 points above validation accuracy, and validation loss at 1.00 times its lowest. The last "
        "quarter gained +5.00 points. The best epoch is 3 of 3."
    )


def test_a_gain_while_the_learning_rate_ends_says_nothing_of_more_epochs():
    rows = history([0.7, 0.85, 0.94], [0.7, 0.85, 0.9], [0.9, 0.5, 0.4])
    spent = [row | {"learning_rate": rate} for row, rate in zip(rows, (0.1, 0.05, 0.0001), strict=True)]
    assert "Only a new run can tell whether more epochs help. Training accuracy ends 4.00" in verdict(spent)
    steady = [row | {"learning_rate": 0.1} for row in rows]
    assert verdict(steady) == verdict(rows)


def test_a_curve_that_still_climbs_without_a_gap_is_underfitting():
    assert verdict(history([0.5, 0.6, 0.7], [0.5, 0.6, 0.7], [0.9, 0.8, 0.7])) == (
        "Underfitting. More epochs would help. Training accuracy ends 0.00 points above validation accuracy, and "
        "validation loss at 1.00 times its lowest. The last quarter gained +10.00 points. The best epoch is 3 of 3."
    )


def test_a_flat_end_without_a_gap_is_a_good_fit():
    assert verdict(history([0.9, 0.95, 0.953], [0.9, 0.951, 0.952], [0.3, 0.2, 0.21])) == (
        "A good fit. Training accuracy ends 0.10 points above validation accuracy, and validation loss at 1.05 times "
        "its lowest. The last quarter gained +0.10 points. The best epoch is 3 of 3."
    )


def test_the_last_quarter_of_twelve_epochs_is_the_last_three():
    val = [0.5] * 9 + [0.6, 0.65, 0.63]
    assert "The last quarter gained +3.00 points. The best epoch is 11 of 12." in verdict(history(val, val, [0.3] * 12))


def test_one_epoch_alone_has_no_slope():
    assert verdict(history([0.9], [0.9], [0.3])).startswith("A good fit")


@pytest.mark.parametrize("run", ["googlenet", "inception_v3"])
def test_the_reports_of_the_shipped_object_networks_hold_the_verdict_of_their_own_curves(run):
    folder = ROOT / "docs" / "objects" / run
    rows = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    report = (folder / "report.md").read_text()
    assert verdict(rows) in report.splitlines()
    assert f"{len(rows)} epochs" in report
    for picture in ("curves.png", "confusion_matrix.png"):
        assert f"({picture})" in report
        assert (folder / picture).is_file()
