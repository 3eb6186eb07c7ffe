from training.report import verdict


def history(train, val, val_loss):
    rows = zip(train, val, val_loss, strict=True)
    keys = ("epoch", "train_accuracy", "val_accuracy", "val_loss")
    return [dict(zip(keys, (epoch, *row), strict=True)) for epoch, row in enumerate(rows, start=1)]


def test_a_wide_gap_is_overfitting():
    assert verdict(history([0.9, 0.95, 0.99], [0.9, 0.92, 0.92], [0.3, 0.25, 0.25])).startswith("Overfitting")


def test_a_rising_validation_loss_is_overfitting():
    assert verdict(history([0.9, 0.93, 0.93], [0.9, 0.93, 0.93], [0.3, 0.2, 0.3])).startswith("Overfitting")


def test_a_curve_that_still_climbs_is_underfitting():
    assert verdict(history([0.5, 0.6, 0.7], [0.5, 0.6, 0.7], [0.9, 0.8, 0.7])).startswith("Underfitting")


def test_a_flat_end_without_a_gap_is_a_good_fit():
    assert verdict(history([0.9, 0.95, 0.951], [0.9, 0.951, 0.951], [0.3, 0.2, 0.2])).startswith("A good fit")
