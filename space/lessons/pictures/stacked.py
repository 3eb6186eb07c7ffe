"""AlexNet and VGG16 as bars of their layers."""

from typing import Any

from space.compare.parameters import LABELLED_SHARE, PAIR, SHADES, named
from space.compare.words import count
from space.lessons.figures import Figures
from space.lessons.pictures.svg import WIDTH, on_colour, picture, rect, text

WHAT = {"parameters": "parameters", "multiply_adds": "multiply-adds"}
BAR = 30


def alexnet_and_vgg16(figures: Figures) -> str:
    shapes = []
    for number, (kind, shades) in enumerate(SHADES.items()):
        shapes += [rect(120 * number, 2, 10, 10, shades[0]), text(120 * number + 15, 11, f"{kind} layers")]
    top = 30.0
    for name in PAIR:
        network = figures.network(name)
        for what, word in WHAT.items():
            shapes.append(text(0, top, f"{name}: {count(network[what])} {word}", weight=600))
            shapes += _bar(network, what, top + 6)
            top += BAR + 26
    return picture("Where AlexNet and VGG16 have their parameters and do their work", top - 12, shapes)


def _bar(network: Any, what: str, top: float) -> list[str]:
    """A piece a layer, the input's on the left; a narrow one has no room for its name."""
    shapes, left = [], 0.0
    for layer in named(network):
        share = layer[what] / network[what]
        width = share * WIDTH
        shapes.append(rect(left, top, max(0.3, width - 0.7), BAR, layer["colour"]))
        if share >= LABELLED_SHARE * 1.4:
            shapes.append(
                on_colour(left + width / 2, top + 19, layer["title"].replace("convolution", "conv"), size=9.5)
            )
        left += width
    return shapes
