"""How the trainings went: accuracy and loss after every epoch, and what they say about over- and underfitting."""

from typing import Any

import gradio as gr
from gradio.components.plot import PlotData

from space.compare.chart import AMBER, SLATE, TEAL, Chart, Trace, axis, line, plot, plot_value
from space.compare.networks import DATA_NAMES, title
from space.compare.results import Result
from space.compare.section import heading
from space.compare.words import duration, percent, points

TOPIC = "How training went"
EXPERIMENT = "curves"
FIRST = "vgg16-reference"  # the run to show first, where it is there
READING = (
    "Training accuracy is taken while the network trains, with dropout and augmentation where the recipe has them. So "
    "it can lie below validation accuracy. The verdict is computed from the curves. The test images are looked at "
    "once, after the last epoch."
)

Row = dict[str, Any]


def build(result: Result | None, architectures: Result) -> None:
    """Fill the open Blocks: a choice of trainings, two figures, and a verdict."""
    if result is None:
        heading(TOPIC, "Not measured yet", name=EXPERIMENT)
        gr.Markdown(f"`python -m training.experiments {EXPERIMENT}` makes these figures.", elem_classes="fovea-reading")
        return
    heading(TOPIC, finding(result, architectures), name=EXPERIMENT)
    by_name = {name(row, architectures): row for row in result["rows"]}
    first = next((key for key, row in by_name.items() if row["run"] == FIRST), next(iter(by_name)))

    def chosen(key: str) -> tuple[PlotData, PlotData, str]:
        accuracy, loss = charts(by_name[key])
        return plot_value(accuracy), plot_value(loss), words(by_name[key])

    def linked(request: gr.Request) -> Any:
        asked = request.query_params.get("training")
        return next((key for key, row in by_name.items() if link(row) == asked), gr.skip())

    choice = gr.Dropdown(list(by_name), value=first, label="Training", elem_id="compare-training")
    with gr.Row(equal_height=False):
        figures = []
        for number, one in enumerate(charts(by_name[first])):
            with gr.Column(min_width=300):
                gr.Markdown(f"#### {one.title}", elem_classes="fovea-caption")
                figures.append(plot(one, f"compare-curves-{number}"))
    said = gr.Markdown(words(by_name[first]), elem_id="compare-training-verdict", elem_classes="fovea-reading")
    gr.Markdown(READING, elem_classes="fovea-reading")
    choice.change(chosen, choice, [*figures, said], api_visibility="private", show_progress="hidden", queue=False)
    gr.on(fn=linked, outputs=choice, api_visibility="private", show_progress="hidden", queue=False)  # as the page opens


def link(row: Row) -> str:
    """The training as it stands in a link: ?tab=compare&section=curves&training=TASK-RUN."""
    return f"{row['task']}-{row['run']}"


def name(row: Row, architectures: Result) -> str:
    """The network, called as in its paper, and its data; the run too where it is not called after the network."""
    network = title(row["title"], row["architecture"], architectures)
    is_plain = row["architecture"].rpartition("/")[2] == row["run"]
    run = "" if is_plain else f" ({row['run']})"
    return f"{network} on {DATA_NAMES.get(row['task'], row['task'])}{run}"


def finding(result: Result, architectures: Result) -> str:
    """What fine-tuning added to frozen features where it added most; without phases, how many trainings there are."""
    gains = [(gain(row), row) for row in result["rows"] if row["phases"]]
    if not gains:
        return f"{len(result['rows'])} trainings, epoch by epoch"
    added, row = max(gains, key=lambda pair: pair[0])
    frozen, tuned = ends(row)[:2]
    change = points(added, "more", "less")
    return (
        f"{title(row['title'], row['architecture'], architectures)} on {DATA_NAMES.get(row['task'], row['task'])}: "
        f"{percent(frozen)} of the validation images are right with frozen features, {percent(tuned)} after "
        f"fine-tuning ({change})"
    )


def ends(row: Row) -> list[float]:
    """Validation accuracy after the last epoch of each phase."""
    return [
        [each for each in row["epochs"] if each["phase"] == number][-1]["val_accuracy"]
        for number in sorted({each["phase"] for each in row["epochs"]})
    ]


def gain(row: Row) -> float:
    reached = ends(row)
    return reached[-1] - reached[0]


def words(row: Row) -> str:
    """Verdict, phases, test accuracy, time and command."""
    low, high = row["interval"]
    return " ".join(
        [
            row["verdict"],
            *row["discussion"],
            f"On {row['n_test']:,} test images {percent(row['accuracy'], 2)} are right (95 % interval "
            f"{100 * low:.2f} to {100 * high:.2f}).",
            f"{len(row['epochs'])} epochs took {duration(row['seconds'])}. By `{row['command']}`, seed {row['seed']}, "
            f"{row['created']}.",
        ]
    )


def charts(row: Row) -> tuple[Chart, Chart]:
    """Accuracy and loss, with a line where a phase ends."""
    return _chart(row, "accuracy", 100, ", %", "%{y:.1f} %"), _chart(row, "loss", 1, "", "%{y:.3f}")


def _chart(row: Row, quantity: str, scale: float, unit: str, form: str) -> Chart:
    return Chart(
        f"{quantity.capitalize()} after each epoch",
        _lines(row, quantity, scale, form),
        axis("epoch", dtick=_step(row)),
        axis(f"{quantity}{unit}"),
        _phase_marks(row),
    )


def _lines(row: Row, quantity: str, scale: float, form: str) -> list[Trace]:
    epochs = [each["epoch"] for each in row["epochs"]]
    return [
        line(
            label,
            epochs,
            [scale * each[f"{split}_{quantity}"] for each in row["epochs"]],
            colour,
            f"epoch %{{x}}<br>{quantity} {form}",
        )
        for split, label, colour in (("train", "training", AMBER), ("val", "validation", TEAL))
    ]


def _step(row: Row) -> int:
    """Between the marks of the axis, so that there are at most ten."""
    return -(-len(row["epochs"]) // 10)


def _phase_marks(row: Row) -> dict[str, Any]:
    """A dashed line in front of the first epoch of every phase but the first, named by what trains from there on."""
    starts = {each["phase"]: each["epoch"] for each in reversed(row["epochs"])}
    marked = [(starts[number] - 0.5, label) for number, label in enumerate(row["phases"]) if number]
    return {
        "shapes": [
            {
                "type": "line",
                "x0": x,
                "x1": x,
                "yref": "paper",
                "y0": 0,
                "y1": 1,
                "line": {"color": SLATE, "width": 1, "dash": "dash"},
            }
            for x, _ in marked
        ],
        "annotations": [
            {
                "x": x,
                "yref": "paper",
                "y": 0,
                "yanchor": "bottom",
                "text": label,
                "textangle": -90,
                "xanchor": "left",
                "showarrow": False,
            }
            for x, label in marked
        ],
    }
