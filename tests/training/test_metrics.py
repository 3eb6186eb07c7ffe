import pytest
import torch

from training.metrics import accuracy_interval, confusion_matrix, expected_calibration_error, fit_temperature


def test_wilsons_interval_of_a_known_case():
    # Newcombe 1998, table I: 81 of 263 gives 0.2553 to 0.3662.
    assert accuracy_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)


def test_the_confusion_matrix_has_truth_in_rows():
    matrix = confusion_matrix(torch.tensor([1, 1, 0]), torch.tensor([0, 1, 0]), 2)
    assert matrix.tolist() == [[1, 1], [0, 1]]


def test_calibration_error_is_the_gap_between_confidence_and_accuracy():
    probabilities = torch.tensor([[0.9, 0.1]]).repeat(10, 1)
    labels = torch.tensor([0] * 6 + [1] * 4)
    assert expected_calibration_error(probabilities, labels) == pytest.approx(0.3, abs=1e-6)


def test_the_temperature_undoes_an_overconfidence_put_in():
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(20_000, 10, generator=generator) * 2
    labels = torch.multinomial(logits.softmax(1), 1, generator=generator).squeeze(1)
    assert fit_temperature(logits * 3, labels) == pytest.approx(3, rel=0.05)
