"""The model card: the facts of the file, for people. Nothing in it is typed by hand."""

from collections.abc import Sequence

from export.parity import Parity
from export.runtime import Metric, ModelSpec
from export.runtime.contract import contract


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
            *contract(spec, outputs),
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
