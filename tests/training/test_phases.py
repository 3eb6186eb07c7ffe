"""The discussion of a transfer training: each sentence with the numbers that it rests on."""

import pytest

from training.phases import discussion, overfitting


def rows(phase, first, *figures):
    """A row for each (training accuracy, validation accuracy, validation loss)."""
    keys = ("train_accuracy", "val_accuracy", "val_loss")
    return [
        dict(zip(keys, each, strict=True)) | {"phase": phase, "epoch": first + number}
        for number, each in enumerate(figures)
    ]


HEAD = rows(0, 1, (0.7, 0.8, 0.5), (0.9, 0.88, 0.3))


def test_the_head_and_what_fine_tuning_adds_are_told_apart():
    tuned = rows(1, 3, (0.95, 0.9, 0.29), (0.97, 0.912, 0.28))
    assert discussion([*HEAD, *tuned], has_head=True, tune_from="block5") == [
        "Frozen features: the head alone reaches 88.0 % of validation after 2 epochs.",
        "Training accuracy ends 2.0 points above validation accuracy, while validation loss stays within 10 % of its "
        "lowest.",
        "Fine-tuning from block5 adds 3.2 points in 2 epochs: 91.2 %.",
        "Training accuracy ends 5.8 points above validation accuracy, while validation loss stays within 10 % of its "
        "lowest.",
    ]


def test_fine_tuning_is_held_against_the_lowest_loss_before_it():
    said = discussion([*HEAD, *rows(1, 3, (0.97, 0.9, 0.41), (0.99, 0.91, 0.4))], has_head=True, tune_from="block5")
    assert said[3].startswith("It overfits from epoch 2 on: validation loss rises from 0.300 to 0.400. ")


def test_that_a_run_overfits_is_said_once():
    head = rows(0, 1, (0.8, 0.85, 0.3), (0.9, 0.88, 0.4))
    said = discussion([*head, *rows(1, 3, (0.97, 0.9, 0.5))], has_head=True, tune_from="block5")
    assert said[1].startswith("It overfits from epoch 1 on: validation loss rises from 0.300 to 0.400. ")
    assert said[3].startswith("Validation loss goes from 0.400 to 0.500. Training accuracy ends 7.0 points above ")


def test_a_phase_that_reaches_a_lower_loss_before_it_rises_says_that_it_overfits():
    head = rows(0, 1, (0.8, 0.85, 0.3), (0.9, 0.88, 0.32))
    said = discussion([*head, *rows(1, 3, (0.95, 0.9, 0.28), (0.97, 0.9, 0.4))], has_head=True, tune_from="block5")
    assert said[3].startswith("It overfits from epoch 3 on: validation loss rises from 0.280 to 0.400. ")


def test_fine_tuning_can_lose():
    said = discussion([*HEAD, *rows(1, 3, (0.97, 0.87, 0.31))], has_head=True, tune_from="block5")
    assert said[2] == "Fine-tuning from block5 loses 1.0 points in 1 epoch: 87.0 %."


def test_a_run_of_fine_tuning_alone_has_nothing_to_compare_with():
    said = discussion(rows(0, 1, (0.8, 0.8, 0.4)), has_head=False, tune_from=None)
    assert said == [
        "Fine-tuning the last stages reaches 80.0 % of validation after 1 epoch.",
        "It does not overfit: training accuracy ends 0.0 points above validation accuracy.",
    ]


@pytest.mark.parametrize(
    ("figures", "sentence"),
    [
        (
            [(0.9, 0.88, 0.30), (0.97, 0.89, 0.28), (0.99, 0.89, 0.33)],
            "It overfits from epoch 2 on: validation loss rises from 0.280 to 0.330. Training accuracy ends 10.0 "
            "points above validation accuracy.",
        ),
        (
            [(0.7, 0.75, 0.6), (0.8, 0.84, 0.5)],
            "It does not overfit: training accuracy ends 4.0 points below validation accuracy.",
        ),
    ],
)
def test_overfitting_is_read_off_the_validation_loss(figures, sentence):
    assert overfitting(rows(0, 1, *figures)) == sentence
