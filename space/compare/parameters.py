"""AlexNet against VGG16: where parameters and work are, layer by layer, and what stacks of 3 x 3 convolutions save."""

from collections.abc import Sequence
from typing import Any

from space.compare.chart import Chart
from space.compare.results import Result
from space.compare.section import Section
from space.compare.words import count, percent
from space.drawing.axis import Axis, linear_ticks, short
from space.drawing.bar_chart import Bars, GroupedBars, Part, PartedBars
from space.drawing.legend import Entry
from space.drawing.svg import AMBER, TEAL

PAIR = ("AlexNet", "VGG16")
SHADES = {"convolution": (TEAL, "#0f766e"), "dense": (AMBER, "#b45309")}  # in turn, so that neighbours part
LABELLED_SHARE = 0.125  # a narrower piece of a bar has no room for its name

FIELDS = (5, 7, 11)  # pixels a side; AlexNet's first two layers have 11 and 5, the layer that He et al. begin with 7
CHANNELS = 256  # of the example that the third figure counts out: in and out

Row = dict[str, Any]


def pair(result: Result) -> list[Row]:
    """The rows of AlexNet and VGG16."""
    by_name = {row["name"]: row for row in result["rows"]}
    return [by_name[name] for name in PAIR]


def share(row: Row, kind: str, what: str) -> float:
    """The share of layers of one kind in a network's `what`, 0..1."""
    amount: int = sum(layer[what] for layer in row["layers"] if layer["kind"] == kind)
    total: int = row[what]
    return amount / total


def finding(result: Result) -> str:
    """Which layers hold the parameters, and which do the work."""
    dense = [percent(share(row, "dense", "parameters"), 0) for row in pair(result)]
    work = [percent(share(row, "convolution", "multiply_adds"), 0) for row in pair(result)]
    return (
        f"Dense layers hold {dense[0]} of AlexNet's parameters and {dense[1]} of VGG16's. Convolutions do {work[0]} "
        f"and {work[1]} of the work"
    )


def largest(result: Result, what: str, word: str) -> str:
    """The layer that has most of `what` in each network."""
    parts = []
    for row in pair(result):
        layers = named(row)
        top = max(layers, key=lambda layer: layer[what])
        parts.append(f"in {row['name']} {top['title']}, with {percent(top[what] / row[what], 0)}")
    return f"Most {word} in one layer: {', '.join(parts)}"


def named(row: Row) -> list[Row]:
    """The layers with a `title` that counts each kind from the input on: convolution 1, 2 ..., dense 1 ..."""
    counts: dict[str, int] = {}
    layers = []
    for layer in row["layers"]:
        counts[layer["kind"]] = number = counts.get(layer["kind"], 0) + 1
        shade = SHADES[layer["kind"]][number % 2]
        layers.append(layer | {"title": f"{layer['kind']} {number}", "colour": shade})
    return layers


def charts(result: Result) -> list[Chart]:
    return [
        _by_layer(result, "parameters", largest(result, "parameters", "parameters")),
        _by_layer(result, "multiply_adds", largest(result, "multiply_adds", "multiply-adds")),
        _stacks_of_three(),
    ]


def _by_layer(result: Result, what: str, title: str) -> Chart:
    word = what.replace("_", "-")
    bars = [(f"{row['name']}: {count(row[what])} {word}", parts(row, what)) for row in pair(result)]
    return PartedBars(title, legend_of_kinds(), bars)


def legend_of_kinds() -> list[Entry]:
    return [Entry(f"{kind} layers", shades[0]) for kind, shades in SHADES.items()]


def parts(row: Row, what: str) -> list[Part]:
    """The layers of a network by their share of `what`, from the input on."""
    return [_part(layer, what, layer[what] / row[what]) for layer in named(row)]


def _part(layer: Row, what: str, share: float) -> Part:
    kernel = f"{layer['kernel']} x {layer['kernel']}, " if layer["kind"] == "convolution" else ""
    shape = " x ".join(map(str, layer["shape"]))
    label = layer["title"].replace("convolution", "conv") if share >= LABELLED_SHARE else ""
    amount = f"{layer[what]:,} {what.replace('_', '-')}, {percent(share)}"
    return Part(share, layer["colour"], label, f"{layer['title']}\n{kernel}gives {shape}\n{amount}")


def one_layer(field: int, channels: int = CHANNELS) -> int:
    """Weights of one convolution that sees `field` x `field` pixels, `channels` in and out, without biases."""
    return field * field * channels * channels


def stack(field: int, channels: int = CHANNELS) -> int:
    """Weights of the 3 x 3 convolutions that together see as much: each adds two pixels to the field."""
    return (field - 1) // 2 * one_layer(3, channels)


def savings() -> str:
    """What a stack saves, for each field."""
    first, *rest = (f"{percent(1 - stack(field) / one_layer(field), 0)} of" for field in FIELDS)
    others = [f"{saved} {field} x {field}" for saved, field in zip(rest, FIELDS[1:], strict=True)]
    return f"Stacks of 3 x 3 save {first} the weights of {FIELDS[0]} x {FIELDS[0]}, {' and '.join(others)}"


def _stacks_of_three() -> Chart:
    names = [f"{field} x {field}" for field in FIELDS]
    one, deep = [one_layer(field) for field in FIELDS], [stack(field) for field in FIELDS]
    layers = [f"{(field - 1) // 2} layers of 3 x 3" for field in FIELDS]
    bars = [
        Bars("one layer", one, AMBER, _counted(names, [f"one layer of {name}" for name in names], one)),
        Bars("3 x 3 in a stack", deep, TEAL, _counted(names, layers, deep)),
    ]
    y = Axis(f"weights, {CHANNELS} channels in and out", linear_ticks([0, *one, *deep]), write=short)
    return GroupedBars(savings(), bars, names, "receptive field, pixels", y)


def _counted(fields: Sequence[str], layers: Sequence[str], weights: Sequence[int]) -> list[str]:
    rows = zip(fields, layers, weights, strict=True)
    return [f"field of {field}\n{words}\n{number:,} weights" for field, words, number in rows]


def reading(_result: Result) -> str:
    return (
        "Each bar is a network, each piece a layer from the input on. Point at a piece, or tap it, for its shape. "
        "Simonyan and Zisserman (2014, section 2.3) argue with the third figure. A stack of 3 x 3 convolutions sees as "
        "far as one large kernel, with fewer weights and a ReLU between. All is counted from the networks' own shapes."
    )


SECTION = Section("architectures", "AlexNet against VGG16: where the parameters are", finding, reading, charts)
