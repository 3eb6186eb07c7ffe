"""What the file of a model says of itself: right answers, drawings, and images that it refuses."""

from collections.abc import Callable, Iterator

from evidence.results import by_hand
from evidence.results.stored import experiment, model
from evidence.results.table import NONE, Table, share
from fovea import Metric, ModelHeader

OWN = {"test": "test images", "val": "validation images"}
OTHERS = {"cifar10": "CIFAR-10", "chest_xray": "chest X-rays", "flowers": "flowers", "mnist": "digits of MNIST"}


def tables(name: str, network: str, made: dict[str, str] | None = None) -> Iterator[Table]:
    """The tables of `models/NAME.onnx`, measured as `made` says; none where there is no such file."""
    found = model(name)
    if found is None:
        return
    by = {"created": found.spec.created, "command": f"python -m export {found.spec.task}"} | by_hand.made(name)
    for title, header, rows in (
        ("right answers", ("figure", "value", "n"), answers(found)),
        ("drawings and other writing", ("images", "read right", "refused", "n"), drawings(found)),
        ("images of other kinds", ("images", "refused", "AUROC of the score", "n"), other_images(found)),
    ):
        if rows:
            yield Table(f"{network}: {title}", header, rows, **(made or by))


def answers(found: ModelHeader) -> list[list[str]]:
    """Accuracy, calibration error, and how many of the own images are refused."""
    words: dict[str, tuple[str, Callable[[Metric], str]]] = {
        "accuracy": ("right answers", lambda metric: share(metric.value, metric.interval)),
        "ece": ("calibration error", lambda metric: f"{metric.value:.3f}"),
        "in_distribution": ("refused", lambda metric: share(1 - metric.value)),
        "no_other_finding": ("taken for another finding", lambda metric: share(1 - metric.value)),
    }
    return [
        [f"{words[metric.name][0]}, {OWN[metric.split]}", words[metric.name][1](metric), f"{metric.n:,}"]
        for metric in found.spec.metrics
        if metric.split in OWN and metric.name in words
    ]


def drawings(found: ModelHeader) -> list[list[str]]:
    """Images made to be read right, beside those of the data set."""
    return [
        [metric.split, _share(metric), _share(found.spec.metric("refused", metric.split)), f"{metric.n:,}"]
        for metric in found.spec.metrics
        if metric.name == "accuracy" and metric.split not in OWN
    ]


def other_images(found: ModelHeader) -> list[list[str]]:
    return [
        [
            OTHERS.get(metric.split, metric.split),
            _share(found.spec.metric("refused", metric.split)),
            f"{metric.value:.3f}",
            f"{metric.n:,}",
        ]
        for metric in found.spec.metrics
        if metric.name == "ood_auroc"
    ]


def milliseconds(found: ModelHeader) -> float | None:
    """Of one image; None where this revision of the file was not timed."""
    timed = (experiment("latency") or {}).get("shipped", ())
    return next((row["onnxruntime_ms"] for row in timed if row["revision"] == found.revision), None)


def _share(metric: Metric | None) -> str:
    return NONE if metric is None else share(metric.value, metric.interval, 1)
