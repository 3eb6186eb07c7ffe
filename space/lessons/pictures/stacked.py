"""AlexNet and VGG16 as bars of their layers."""

from space.compare.parameters import PAIR, legend_of_kinds, parts
from space.compare.words import count
from space.drawing.bar_chart import PartedBars
from space.lessons.figures import Figures

WHAT = {"parameters": "parameters", "multiply_adds": "multiply-adds"}


def alexnet_and_vgg16(figures: Figures) -> str:
    """The input's layer on the left."""
    networks = [dict(figures.network(name)) for name in PAIR]
    bars = [
        (f"{network['name']}: {count(network[what])} {word}", parts(network, what))
        for network in networks
        for what, word in WHAT.items()
    ]
    title = "Where AlexNet and VGG16 have their parameters and do their work"
    return PartedBars(title, legend_of_kinds(), bars).svg()
