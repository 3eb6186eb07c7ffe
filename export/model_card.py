"""The model card: the facts of the file, for people. Nothing in it is typed by hand."""

from collections.abc import Sequence

from export.parity import Parity
from export.runtime import Metric, ModelSpec

# outputs beside the layers, with their shape in words
OUTPUTS = {
    "heatmaps": ("Grad-CAM of each class, in 0..1", "classes x height x width of the last maps"),
    "embedding": ("the pooled last maps", "channels of the last maps"),
    "ood_score": ("distance to the training images, 1.0 is the threshold", "1"),
}


def model_card(
    spec: ModelSpec, revision: str, parity: Parity, size_bytes: int, outputs: Sequence[str], notes: Sequence[str] = ()
) -> str:
    """Markdown for the file that stands beside the model."""
    return "\n".join(
        [
            f"# {spec.title}: {spec.task}",
            "",
            f"`{spec.task}.onnx`, {size_bytes / 1024:,.0f} KiB, {spec.parameters:,} parameters, {spec.precision}, "
            f"opset {spec.opset}, made {spec.created}, revision `{revision[:16]}`.",
            "",
            "## What it takes and gives",
            "",
            f"Input `pixels`: uint8 (N, {spec.height}, {spec.width}, {spec.channels}), fitted by `{spec.fit}`. "
            f"Classes: {', '.join(spec.classes)}. Normalisation and the temperature {spec.temperature:.3f} are inside.",
            "",
            "| output | layer | shape | parameters |",
            "| --- | --- | --- | --- |",
            f"| probabilities | softmax | {len(spec.classes)} | 0 |",
            *(f"| {name} | {OUTPUTS[name][0]} | {OUTPUTS[name][1]} | 0 |" for name in outputs if name in OUTPUTS),
            *(
                f"| {layer.output} | {layer.title} | {' x '.join(map(str, layer.shape))} | {layer.parameters:,} |"
                for layer in spec.layers
            ),
            "",
            "## How good it is",
            "",
            "| metric | split | value | 95 % interval | n |",
            "| --- | --- | --- | --- | --- |",
            *(_metric_row(metric) for metric in spec.metrics),
            "",
            f"The {'file' if spec.precision == 'float32' else 'float32 form'} against torch on {parity.n:,} test "
            f"images: probabilities differ by at most {parity.differences['probabilities']:.1e}, every output by at "
            f"most {max(parity.differences.values()):.1e} of its range.",
            *(line for note in notes for line in ("", note)),
            "",
            "## Data, licence, limits",
            "",
            f"Trained on {spec.training_data} ({spec.data_licence}). Weights: {spec.licence}.",
            "",
            *(f"- {limit}" for limit in spec.limits),
            "",
            f"Made by `python -m training {spec.task}` and `python -m export {spec.task}`.",
            "",
        ]
    )


def _metric_row(metric: Metric) -> str:
    interval = "" if metric.interval is None else f"{metric.interval[0]:.4f} to {metric.interval[1]:.4f}"
    return f"| {metric.name} | {metric.split} | {metric.value:.4f} | {interval} | {metric.n:,} |"
