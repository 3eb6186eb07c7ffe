"""How the trainings went: accuracy and loss after every epoch, and what they say about over- and underfitting."""

from typing import Any

import gradio as gr

from space.compare.chart import Chart, caption, plot, plotted
from space.compare.networks import DATA_NAMES, title
from space.compare.results import Result
from space.compare.section import heading
from space.compare.words import duration, percent, points
from space.drawing.axis import Axis, linear_ticks, whole_numbers
from space.drawing.line_chart import LineChart, Series
from space.drawing.svg import AMBER, TEAL

TOPIC = "How training went"
EXPERIMENT = "curves"
FIRST = "vgg16-reference"  # the run to show first, where it is there
READING = (
    "Training accuracy is taken while the network trains, with dropout and augmentation where the recipe has them. So "
    "it can lie below validation accuracy. The verdict is computed from the curves. The test images are looked at "
    "once, after the last epoch."
)

SPLITS = {"train": ("training", AMBER), "val": ("validation", TEAL)}

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

    def chosen(key: str) -> tuple[str, str, str]:
        accuracy, loss = charts(by_name[key])
        return plotted(accuracy), plotted(loss), words(by_name[key])

    def linked(request: gr.Request) -> Any:
        asked = request.query_params.get("training")
        return next((key for key, row in by_name.items() if link(row) == asked), gr.skip())

    choice = gr.Dropdown(list(by_name), value=first, label="Training", elem_id="compare-training")
    with gr.Row(equal_height=False):
        figures = []
        for number, one in enumerate(charts(by_name[first])):
            with gr.Column(min_width=300):
                caption(one)
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
    network = title(row["title"], row["architecture"], architectures)
    return (
        f"Fine-tuning {'added most to' if added > 0 else 'took least from'} {network} on "
        f"{DATA_NAMES.get(row['task'], row['task'])}: {percent(frozen)} of the validation images are right with frozen "
        f"features, {percent(tuned)} after fine-tuning ({change})"
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
            f"The {len(row['epochs'])} epochs alone took {duration(row['seconds'])}.",
            f"By `{row['command']}`, seed {row['seed']}, {row['created']}.",
        ]
    )


def charts(row: Row) -> tuple[Chart, Chart]:
    """Accuracy and loss, with a line where a phase ends."""
    return _chart(row, "accuracy", 100, ", %", "{:.1f} %"), _chart(row, "loss", 1, "", "{:.3f}")


def _chart(row: Row, quantity: str, scale: float, unit: str, form: str) -> Chart:
    lines = [_line(row, quantity, scale, form, split) for split in SPLITS]
    values = [value for one in lines for _, value in one.points]
    return LineChart(
        f"{quantity.capitalize()} after each epoch",
        lines,
        Axis("epoch", whole_numbers(1, row["epochs"][-1]["epoch"])),
        Axis(f"{quantity}{unit}", linear_ticks(values)),
        phase_marks(row),
    )


def _line(row: Row, quantity: str, scale: float, form: str, split: str) -> Series:
    name, colour = SPLITS[split]
    points = [(each["epoch"], scale * each[f"{split}_{quantity}"]) for each in row["epochs"]]
    said = [f"{name}\nepoch {epoch}\n{quantity} {form.format(value)}" for epoch, value in points]
    return Series(name, points, colour, said=said)


def phase_marks(row: Row) -> list[tuple[float, str]]:
    """In front of the first epoch of every phase but the first, what trains from there on."""
    starts = {each["phase"]: each["epoch"] for each in reversed(row["epochs"])}
    return [(starts[number] - 0.5, words) for number, words in enumerate(row["phases"]) if number]
