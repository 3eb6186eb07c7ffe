"""A trained network judged: temperature from validation, figures from the test split, which is looked at here alone."""

from dataclasses import dataclass

from torch import Tensor, nn

from fovea import Metric
from training.data import Examples
from training.loop import predict_logits
from training.metrics import accuracy_interval, confusion_matrix, expected_calibration_error, fit_temperature


@dataclass(frozen=True)
class FinalFigures:
    """`confusion` is the test split's; `temperature` was found on the validation split."""

    metrics: tuple[Metric, ...]
    confusion: Tensor
    temperature: float

    def figures(self) -> dict[str, float]:
        """`test_accuracy`, `test_ece`, `val_accuracy`."""
        return {f"{metric.split}_{metric.name}": metric.value for metric in self.metrics}


def final_figures(model: nn.Module, val: Examples, test: Examples, num_classes: int) -> FinalFigures:
    val_logits = predict_logits(model, val)
    temperature = fit_temperature(val_logits, val.labels)
    test_logits = predict_logits(model, test)
    predicted = test_logits.argmax(1)
    n, correct = len(test), int((predicted == test.labels).sum())
    ece = expected_calibration_error((test_logits / temperature).softmax(1), test.labels)
    val_accuracy = int((val_logits.argmax(1) == val.labels).sum()) / len(val)
    return FinalFigures(
        metrics=(
            Metric("accuracy", correct / n, "test", n, accuracy_interval(correct, n)),
            Metric("ece", ece, "test", n),
            Metric("accuracy", val_accuracy, "val", len(val)),
        ),
        confusion=confusion_matrix(predicted, test.labels, num_classes),
        temperature=temperature,
    )
