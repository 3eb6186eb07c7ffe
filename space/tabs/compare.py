"""Compare: the networks side by side, and what convolutions, small kernels, shortcuts and transfer learning buy."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import gradio as gr

from fovea import Model
from space.compare import curves, locality, networks, parameters, residual, training_sizes
from space.compare.chart import caption, captioned, plot, plotted
from space.compare.columns import measured_columns, network_columns
from space.compare.cost_scatter import COSTS, chart, measures
from space.compare.networks import Measured
from space.compare.results import RESULTS, Result, find_result, provenance
from space.compare.section import heading, show
from space.compare.table import table
from space.endpoints import endpoint
from space.model_folder import ModelFolder

FOLDER = Path(curves.__file__).parent
SCRIPTS = ("link", "tap")  # the section that a link names is scrolled to, and a tap reads a figure
TOPIC = "The networks side by side"
SECTIONS = (locality.SECTION, parameters.SECTION, residual.SECTION, training_sizes.SECTION)

READING = (
    "Click a heading to sort. Parameters and multiply-adds are counted from the networks' own layers, for one image "
    "of the size given. Auxiliary classifiers and batch norm's multiply-adds are left out. Published errors are the "
    "papers', on ImageNet. Costs and latency are those of the paper's network. Our accuracies and training times are "
    "those of the shipped file, or else of the experiment named in the second table. That network is often narrower "
    "or shorter, and then its own size stands behind the figure. A training time is "
    "that of one run on two cores, which often had other work beside it."
)


def build(models: ModelFolder, results: Path = RESULTS) -> None:
    """Fill the tab that is open in the current Blocks, from the JSON files in the folder `results`."""
    find = partial(find_result, results)
    architectures = find("architectures")
    if architectures is None:
        heading(TOPIC, "Not measured yet", is_first=True)
        gr.Markdown("`python -m training.experiments architectures` counts them.")
        return
    latency = find("latency")
    measured = all_measured(find, models.measured(), architectures, latency)
    rows = networks.network_rows(architectures, latency, measured)

    def compare() -> list[dict[str, str | float | None]]:
        """List convolutional networks side by side: size, cost, published ImageNet error, our accuracies and latencies.

        Returns:
            A row for each network. Errors and accuracies are in %, times in ms or seconds. Null is not measured.
        """
        return rows

    heading(TOPIC, networks.finding(architectures), is_first=True)
    table(network_columns(measured), rows, "compare-networks")
    scatter(architectures, latency, measured)
    sources = [provenance(result) for result in (architectures, latency, find("tasks")) if result is not None]
    missing = "" if latency else " `python -m benchmarks.architectures` measures the latencies."
    gr.Markdown(f"{READING} {' '.join(sources)}{missing}", elem_classes="fovea-reading")
    with gr.Accordion("Every network that was trained here", open=False):
        table(measured_columns(measured), measured, "compare-measured")
    for section in SECTIONS:
        show(section, find(section.experiment))
    curves.build(find(curves.EXPERIMENT), architectures)
    scripts = "\n".join((FOLDER / f"{name}.js").read_text() for name in SCRIPTS)
    gr.HTML(js_on_load=scripts, elem_id="compare-link", apply_default_css=False)
    endpoint(compare, "compare")


def all_measured(
    find: Callable[[str], Result | None], models: list[Model], architectures: Result, latency: Result | None
) -> list[Measured]:
    """Whatever was trained here, the files that ship first."""
    return [
        *networks.shipped(models, architectures, latency),
        *networks.trained_runs(find("tasks"), architectures),
        *networks.from_locality(find("locality")),
        *networks.from_residual(find("residual")),
    ]


def scatter(architectures: Result, latency: Result | None, measured: list[Measured]) -> None:
    """A figure of accuracy against cost; every pair of axes is drawn beforehand."""
    choices = measures(architectures, latency, measured)
    drawn = {(name, cost): chart(name, found, cost) for name, found in choices.items() for cost in COSTS}
    first = next(iter(drawn))

    def chosen(measure: str, cost: str) -> tuple[str, str]:
        one = drawn[measure, cost]
        return captioned(one), plotted(one)

    with gr.Row(equal_height=False):
        with gr.Column(min_width=300):
            measure = gr.Dropdown(list(choices), value=first[0], label="Show", elem_id="compare-measure")
            cost = gr.Radio(list(COSTS), value=first[1], label="Against", elem_id="compare-cost")
            words = caption(drawn[first])
        with gr.Column(min_width=300):
            figure = plot(drawn[first], "compare-scatter")
    for choice in (measure, cost):
        choice.change(
            chosen, [measure, cost], [words, figure], api_visibility="private", show_progress="hidden", queue=False
        )
