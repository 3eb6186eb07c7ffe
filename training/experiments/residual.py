"""What residual connections do: gradients by depth, and the degradation of plain nets (He et al. 2015, section 4.2).

Plain and residual nets with the same layers, and sigmoid nets without batch norm. At initialisation and after
training: the norm of the loss's gradient with respect to each convolution's weights. Plain and residual nets of
`train_depths` are trained. The others are looked at as they begin. A net that the JSON holds already is kept.
"""

import json
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch
from matplotlib.figure import Figure
from torch import Tensor, nn
from torch.nn import functional

from training.augment import crop_and_flip
from training.data import LabelledPixels, Splits, first
from training.data.cifar10 import FORMS, form_at_hand, load_cifar10
from training.experiments.result import made_here, write_result
from training.loop import Trainer, predict_logits
from training.metrics import accuracy_interval
from training.models.cifar_resnet import CifarResNet
from training.models.costs import layer_costs
from training.models.sigmoid_net import SigmoidNet
from training.precision import Precision, make_accelerator
from training.schedule import make_schedule

GRADIENT_IMAGES, GRADIENT_BATCH = 512, 128
SIGMOID_GAIN = 4  # at each layer, and divided out again: over 110 layers the gradient leaves the range of float32
FORMS_OF_NET = ("plain", "residual", "sigmoid")
TRAINED_FORMS = ("plain", "residual")
LEAST_GRADIENT = 1e-16  # drawn; of deep sigmoid nets the rest would press all other lines into one

Net = CifarResNet | SigmoidNet


@dataclass(frozen=True)
class Options:
    """What to run."""

    depths: tuple[int, ...] = (20, 56, 110)
    train_depths: tuple[int, ...] = (20, 56)
    epochs: int = 20
    batch_size: int = 128
    learning_rate: float = 0.1
    weight_decay: float = 1e-4
    """weight decay of the paper"""
    precision: Precision = "auto"
    seed: int = 0
    limit: int | None = 10_000
    """use only the first N images of each split (all 45,000 take hours on two cores)"""
    redo: bool = False
    """study nets again that the JSON holds"""
    data_dir: Path = Path("data")
    runs_dir: Path = Path("runs")
    json: Path = Path("space/results/residual.json")
    plot: Path = Path("docs/residual.png")


@dataclass
class Row:
    """One net: gradients by convolution from the input on, and its curve where it was trained."""

    depth: int
    form: str
    parameters: int
    multiply_adds: int
    initial_gradients: list[float]
    trained_gradients: list[float] = field(default_factory=list)
    curve: list[dict[str, float]] = field(default_factory=list)
    test_accuracy: float | None = None
    interval: tuple[float, float] | None = None
    train_seconds: float | None = None


def main(options: Options) -> dict[str, Any]:
    """Look at every net, train those asked for, write the JSON after each, then the plot; the JSON's content."""
    splits = first(load_cifar10(options.data_dir, val_share=0.1), options.limit)
    settings = {
        "data": FORMS[form_at_hand(options.data_dir)],
        "n_train": len(splits.train),
        "n_test": len(splits.test),
        **{name: getattr(options, name) for name in ("epochs", "batch_size", "learning_rate", "weight_decay", "seed")},
    }
    document: dict[str, Any] = {} if options.redo else kept(options.json, settings)
    head = {name: document.get(name, value) for name, value in made_here().items()}
    rows = {(row["depth"], row["form"]): row for row in document.get("rows", ())}
    for depth in options.depths:
        for form in FORMS_OF_NET:
            if (depth, form) in rows and (rows[depth, form]["curve"] or not is_trained(depth, form, options)):
                continue
            own = {name: value for name, value in made_here().items() if value != head[name]}
            row = studied(depth, form, splits, options)
            rows[depth, form] = vars(row) | own
            print(json.dumps({"depth": depth, "form": form, "test_accuracy": row.test_accuracy}), flush=True)
            content = head | settings | {"rows": [rows[key] for key in sorted(rows)]}
            document = write_result(options.json, "residual", content)
    options.plot.parent.mkdir(parents=True, exist_ok=True)
    draw(options.plot, document["rows"])
    return document


def kept(path: Path, settings: dict[str, Any]) -> dict[str, Any]:
    """What an earlier call wrote with the same settings; empty without one."""
    stored = json.loads(path.read_text()) if path.is_file() else {}
    before = vars(Options()) | stored  # an older file does not name every setting, and had the defaults of the others
    return stored if all(before.get(name) == value for name, value in settings.items()) else {}


def is_trained(depth: int, form: str, options: Options) -> bool:
    return form in TRAINED_FORMS and depth in options.train_depths


def studied(depth: int, form: str, splits: Splits[LabelledPixels], options: Options) -> Row:
    torch.manual_seed(options.seed)
    net: Net = (
        SigmoidNet(depth=depth) if form == "sigmoid" else CifarResNet(depth=depth, is_residual=form == "residual")
    )
    parameters = sum(parameter.numel() for parameter in net.parameters())
    work = sum(cost.multiply_adds for cost in layer_costs(net, (32, 32, 3)))
    row = Row(depth, form, parameters, work, gradient_norms(net, splits.train))
    if is_trained(depth, form, options):
        started = time.perf_counter()
        row.curve = train(net, f"{form}-{depth}", splits, options)
        row.train_seconds = round(time.perf_counter() - started, 3)
        row.trained_gradients = gradient_norms(net, splits.train)
        correct, n = correct_tests(net, splits.test), len(splits.test)
        row.test_accuracy, row.interval = round(correct / n, 5), accuracy_interval(correct, n)
    return row


def gradient_norms(net: Net, data: LabelledPixels) -> list[float]:
    """Of each convolution, the mean over batches of the norm of its weights' gradient, in training mode."""
    net = net.cpu().train()
    convolutions = net.convolutions()
    gain = SIGMOID_GAIN if isinstance(net, SigmoidNet) else 1
    hooks = [layer.register_forward_hook(partial(_amplify, gain=gain)) for layer in convolutions if gain != 1]
    weights = [layer.weight for layer in convolutions]
    sums = torch.zeros(len(weights), dtype=torch.float64)
    starts = range(0, min(GRADIENT_IMAGES, len(data)), GRADIENT_BATCH)
    state = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    for start in starts:
        batch = slice(start, start + GRADIENT_BATCH)
        loss = functional.cross_entropy(net(data.pixels[batch]), data.labels[batch])
        sums += torch.stack([gradient.norm() for gradient in torch.autograd.grad(loss, weights)])
    net.load_state_dict(state)  # batch norm counted along
    for hook in hooks:
        hook.remove()
    means = (sums / len(starts)).tolist()
    return [float(f"{mean / gain ** (len(means) - place):.6g}") for place, mean in enumerate(means)]


def _amplify(_layer: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor, *, gain: int) -> None:
    """Multiply the gradient that comes back to a layer's output."""
    output.register_hook(lambda gradient: gradient * gain)  # type: ignore[no-untyped-call]


def train(net: Net, name: str, splits: Splits[LabelledPixels], options: Options) -> list[dict[str, float]]:
    folder = options.runs_dir / "residual" / name
    folder.mkdir(parents=True, exist_ok=True)
    optimizer = torch.optim.SGD(
        net.parameters(), lr=options.learning_rate, momentum=0.9, weight_decay=options.weight_decay
    )
    steps = options.epochs * -(-len(splits.train) // options.batch_size)
    trainer = Trainer(
        model=net.to(memory_format=torch.channels_last),
        optimizer=optimizer,
        schedule=make_schedule("one-cycle", optimizer, options.learning_rate, steps, warm_up=0.3),
        loss=functional.cross_entropy,
        augment=crop_and_flip,
        folder=folder,
        seed=options.seed,
        batch_size=options.batch_size,
        epochs=options.epochs,
        accelerator=make_accelerator(options.precision),
        title=name,
    )
    kept = ("epoch", "train_loss", "train_accuracy", "val_loss", "val_accuracy")
    history = trainer.fit(splits.train, splits.val).history
    return [{key: round(row[key], 5) for key in kept} for row in history]


def correct_tests(net: Net, test: LabelledPixels) -> int:
    """How many test images get their class."""
    return int((predict_logits(net.cpu(), test).argmax(1) == test.labels).sum())


def draw(path: Path, rows: list[dict[str, Any]]) -> None:
    figure = Figure(figsize=(11, 4), layout="constrained")
    gradients, curves = figure.subplots(1, 2)
    styles = {"plain": ":", "residual": "-", "sigmoid": "--"}
    depths = sorted({row["depth"] for row in rows})
    for row in rows:
        label = f"{row['form']}, {row['depth']} layers"
        style = {"linestyle": styles[row["form"]], "color": f"C{depths.index(row['depth'])}"}
        norms = row["initial_gradients"]
        gradients.plot([index / (len(norms) - 1) for index in range(len(norms))], norms, label=label, **style)
        if row["curve"]:
            epochs = [point["epoch"] for point in row["curve"]]
            curves.plot(epochs, [100 * (1 - point["train_accuracy"]) for point in row["curve"]], label=label, **style)
    gradients.set(yscale="log", xlabel="place in the net, input to output", ylabel="gradient norm at initialisation")
    gradients.set_ylim(bottom=LEAST_GRADIENT)
    curves.set(xlabel="epoch", ylabel="training error, %")
    for axis in (gradients, curves):
        axis.grid(alpha=0.3)
        axis.legend(fontsize=8)
    figure.savefig(path, dpi=120)
