"""The "about this model" panel, filled from the file's own spec."""

from html import escape

import gradio as gr

from export.runtime import Metric, Model


def about(model: Model) -> None:
    """A closed panel: what the model is, what it was trained on, how good it is, what it cannot do."""
    spec = model.spec
    rows = [
        ("Network", f"{spec.title}, {spec.parameters:,} parameters"),
        ("Trained on", f"{spec.training_data} ({spec.data_licence})"),
        *((f"{metric.name}, {metric.split}".capitalize(), _figure(metric)) for metric in spec.metrics),
        ("Calibration", f"logits divided by {spec.temperature:.3f} inside the graph"),
        ("Limits", " ".join(spec.limits)),
        ("Licence", spec.licence),
        ("Made", f"{spec.created}, revision {model.revision[:16]}"),
    ]
    cells = "".join(f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>" for name, value in rows)
    with gr.Accordion("About this model", open=False):
        gr.HTML(f'<div class="fovea-about"><table>{cells}</table></div>')


def _figure(metric: Metric) -> str:
    if metric.interval is None:
        return f"{metric.value * 100:.2f} %, n = {metric.n:,}"
    low, high = metric.interval
    return f"{metric.value * 100:.2f} % (95 % interval {low * 100:.2f} to {high * 100:.2f}), n = {metric.n:,}"
