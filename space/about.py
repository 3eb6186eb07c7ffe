"""The panels under a tab: "about this model", filled from the file's own spec, and the model card beside the file."""

from html import escape

import gradio as gr

from fovea import Metric, Model, ModelHeader
from space.compare.words import duration
from space.metric_words import metric_words, network_words


def about(model: Model | ModelHeader, name: str = "") -> None:
    """Closed panels: what the model is, was trained on, reaches and cannot do; and its whole card.

    `name` is for a tab with several models: each has one panel then, with its card inside.
    """
    spec = model.spec
    rows = [
        ("Network", f"{network_words(spec.title)}, {spec.parameters:,} parameters"),
        ("Trained on", f"{spec.training_data} ({spec.data_licence})"),
        *((metric_words(metric), _figure(metric)) for metric in spec.metrics),
        *([("Training took", duration(spec.train_seconds))] if spec.train_seconds is not None else []),
        *([("Calibration", f"logits divided by {spec.temperature:.3f} inside the graph")] if spec.classes else []),
        ("Limits", " ".join(spec.limits)),
        ("Licence", spec.licence),
        ("Made", f"{spec.created}, revision {model.revision[:16]}"),
    ]
    cells = "".join(f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>" for name, value in rows)
    with gr.Accordion(f"About {name or 'this model'}", open=False):
        gr.HTML(f'<div class="fovea-about"><table>{cells}</table></div>')
        if name:
            _card(model)
    if not name:
        _card(model)


def _card(model: Model | ModelHeader) -> None:
    if model.card:
        with gr.Accordion("Model card: data, evidence, limits", open=False):
            gr.Markdown(_as_shown(model.card), elem_classes="fovea-card")


def _as_shown(card: str) -> str:
    """Without its pictures, which lie in the repository, and its title, which the panel has."""
    return "\n".join(line for line in card.splitlines() if not line.startswith(("![", "## Pictures", "# ")))


def _figure(metric: Metric) -> str:
    if metric.interval is None:
        return f"{metric.value * 100:.2f} %, n = {metric.n:,}"
    low, high = metric.interval
    return f"{metric.value * 100:.2f} % (95 % interval {low * 100:.2f} to {high * 100:.2f}), n = {metric.n:,}"
