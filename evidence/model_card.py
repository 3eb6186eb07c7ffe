"""The model card: the facts of the file, for people. Nothing in it is typed by hand."""

from collections.abc import Sequence

from evidence.contract import contract
from export.parity import Parity
from export.record import ExportRecord
from fovea import Metric, Model, ModelSpec


def model_card(model: Model, record: ExportRecord, size_bytes: int) -> str:
    """Markdown for the file that stands beside the model."""
    spec = model.spec
    return "\n".join(
        [
            f"# {spec.title}: {spec.task}",
            "",
            f"`{model.path.name}`, {size_bytes / 1024:,.0f} KiB, {spec.parameters:,} parameters, {spec.precision}, "
            f"opset {spec.opset}, made {spec.created}, revision `{model.revision[:16]}`.",
            "",
            "## What it takes and gives",
            "",
            *contract(spec, model.outputs),
            "",
            *_metric_table(spec.metrics),
            *([] if record.parity is None else _parity_lines(spec, record.parity)),
            *(line for note in record.notes for line in ("", note)),
            "",
            "## Data, licence, limits",
            "",
            f"Trained on {spec.training_data} ({spec.data_licence}). Weights: {spec.licence}.",
            "",
            *(f"- {limit}" for limit in spec.limits),
            "",
            f"Made by {' and '.join(f'`{command}`' for command in record.commands)}.",
            "",
        ]
    )


def _metric_table(metrics: Sequence[Metric]) -> list[str]:
    if not metrics:
        return []
    return [
        "## How good it is",
        "",
        "| metric | split | value | 95 % interval | n |",
        "| --- | --- | --- | --- | --- |",
        *(_metric_row(metric) for metric in metrics),
        "",
    ]


def _parity_lines(spec: ModelSpec, parity: Parity) -> list[str]:
    of_probabilities = parity.differences.get("probabilities")
    first = "" if of_probabilities is None else f"probabilities differ by at most {of_probabilities:.1e}, "
    sentence = (
        f"The {'file' if spec.precision == 'float32' else 'float32 form'} against torch on {parity.n:,} "
        f"{'test images' if spec.metrics else 'real images'}: "
        f"{first}every output {'' if first else 'differs '}by at most {max(parity.differences.values()):.1e} of its "
        "range."
    )
    return [sentence] if spec.metrics else ["## Against torch", "", sentence]


def _metric_row(metric: Metric) -> str:
    interval = "" if metric.interval is None else f"{metric.interval[0]:.4f} to {metric.interval[1]:.4f}"
    return f"| {metric.name} | {metric.split} | {metric.value:.4f} | {interval} | {metric.n:,} |"
