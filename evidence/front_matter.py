"""What the Hub reads at the head of a model card, from the file alone: `python -m evidence.front_matter` refreshes it.

Nothing is measured, and the text below it keeps its words.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tyro

from fovea import Metric, ModelHeader, read_header
from fovea.hub import LICENCE_FILE, front_matter, licence_fields, licence_page, without_front_matter

# name in a spec's training data: the data set on the Hub. The others have no home there.
DATASETS = {
    "MNIST": "ylecun/mnist",
    "CIFAR-10": "uoft-cs/cifar10",
    "Kermany 2018": "hf-vision/chest-xray-pneumonia",
    "NIH ChestX-ray14": "alkzar90/NIH-Chest-X-ray-dataset",
    "ImageNet": "ILSVRC/imagenet-1k",
}
METRICS = {"accuracy": "accuracy", "ood_auroc": "roc_auc"}  # of a spec: on the Hub


@dataclass(frozen=True)
class Options:
    """Which cards to refresh."""

    models_dir: Path = Path("models")


def main(options: Options) -> list[Path]:
    """The cards of the folder, with their heads made anew, and the terms of its weights beside them."""
    headers = [read_header(path) for path in sorted(options.models_dir.glob("*.onnx"))]
    terms = licence_page({header.path.stem: header.spec for header in headers})
    (options.models_dir / LICENCE_FILE).write_text(terms, encoding="utf-8")
    return [write_card(header, header.card) for header in headers if header.card]


def write_card(header: ModelHeader, text: str) -> Path:
    """Write the card beside the file: its head, then `text`, Markdown, in sentences that no semicolon joins."""
    path = header.path.with_suffix(".md")
    lines = [line if line.startswith("|") else _apart(line) for line in without_front_matter(text).split("\n")]
    path.write_text("\n".join([head(header), "", *lines]), encoding="utf-8")
    return path


def _apart(line: str) -> str:
    """Words of a spec may hold a semicolon: between the sentences of a list's item, else between parts of one."""
    if line.startswith("- "):
        return re.sub(r"; (\w)", lambda found: f". {found[1].upper()}", line)
    return line.replace("; ", ", ")


def head(header: ModelHeader) -> str:
    """What the file does not say is left out, as for a model of one's own."""
    spec = header.spec
    licence = licence_fields(spec.licence)
    if licence["license"] == "other" and header.path.with_name(LICENCE_FILE).is_file():
        licence["license_link"] = LICENCE_FILE
    return front_matter(
        {
            **licence,
            "library_name": "onnx",
            "pipeline_tag": "image-classification" if header.is_classifier else "image-feature-extraction",
            "tags": _tags(header),
            "datasets": [name for words, name in DATASETS.items() if words in spec.training_data],
            "metrics": list(dict.fromkeys(METRICS[metric.name] for metric in spec.metrics if metric.name in METRICS)),
            "model-index": _results(header.path.stem, spec.task, spec.metrics),
        }
    )


def _tags(header: ModelHeader) -> list[str]:
    spec = header.spec
    tags = ["fovea", "onnxruntime", spec.architecture.rpartition("/")[2], spec.precision]
    if "heatmaps" in header.outputs:
        tags.append("grad-cam")
    if "ood_score" in header.outputs:
        tags.append("out-of-distribution-detection")
    return tags


def _results(name: str, task: str, metrics: Sequence[Metric]) -> list[dict[str, Any]]:
    """The figures on test images: https://github.com/huggingface/hub-docs/blob/main/modelcard.md."""
    figures = [
        {"type": METRICS[metric.name], "value": round(metric.value, 4), "name": f"{metric.name}, n = {metric.n:,}"}
        for metric in metrics
        if metric.split == "test" and metric.name in METRICS
    ]
    result = {
        "task": {"type": "image-classification"},
        "dataset": {"type": task, "name": task, "split": "test"},
        "metrics": figures,
    }
    return [{"name": name, "results": [result]}] if figures else []


if __name__ == "__main__":
    for card in main(tyro.cli(Options, description=__doc__)):
        print(f"card: {card}")
