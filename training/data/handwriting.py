"""Drawings by an imagined hand: strokes moved as a hand moves them, drawn as ink, fitted as serving fits a drawing."""

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from fovea.mnist import fit_mnist

Stroke = NDArray[np.float64]
"""points (N, 2) of a line drawn without lifting the pen, x to the right and y down, in any unit"""
Drawing = Callable[[np.random.Generator], Sequence[Stroke]]
Pen = Callable[[np.random.Generator], float]
"""the width of a pen as a share of the drawing"""
CANVAS_PX, DRAWING_PX = 160, 80
LARGE = (0.05, 0.17)  # narrowest and widest pen of a drawing that fills its sheet
WIDEST = 0.45  # one pen draws every size: in a drawing a quarter as large it is four times as wide


def large_pen(random: np.random.Generator) -> float:
    return random.uniform(*LARGE)


def any_pen(random: np.random.Generator) -> float:
    """Of drawings of every size; halving the size is as likely anywhere."""
    low, _ = LARGE
    return float(low * (WIDEST / low) ** random.random())


def draw(drawing: Drawing, random: np.random.Generator, pen: Pen = large_pen) -> NDArray[np.uint8]:
    """One drawing as MNIST's digits are stored: white ink on black, (28, 28)."""
    return fit_mnist(ink(by_hand(drawing(random), random), pen(random)))


def by_hand(strokes: Sequence[Stroke], random: np.random.Generator) -> list[Stroke]:
    """The strokes in about -1..1: slanted, turned, stretched, bent by slow waves, and not quite where they belong."""
    everything = np.concatenate(strokes)
    low, high = everything.min(axis=0), everything.max(axis=0)
    scale = max(float((high - low).max()), 1e-6) / 2
    angle, slant, stretch = random.normal(0, 0.12), random.normal(0, 0.15), math.exp(random.normal(0, 0.15))
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    matrix = turn @ np.array([[stretch, slant], [0, 1 / stretch]])
    phases, waves, bend = random.uniform(0, 2 * math.pi, 4), random.uniform(1, 3, 4), random.uniform(0, 0.09)

    def moved(stroke: Stroke) -> Stroke:
        points = dense((stroke - (low + high) / 2) / scale) @ matrix.T
        swung = np.sin(points[:, [1, 0, 0, 1]] * waves + phases)  # each axis by a wave along either
        bent: Stroke = points + bend * (swung[:, :2] + swung[:, 2:]) + random.normal(0, 0.02, 2)
        return bent

    return [moved(stroke) for stroke in strokes]


def dense(stroke: Stroke, step: float = 0.1) -> Stroke:
    """With points at most `step` apart, so that straight lines bend too."""
    lengths = np.linalg.norm(np.diff(stroke, axis=0), axis=1)
    places = np.r_[0.0, np.cumsum(lengths)]
    wanted = np.union1d(places, np.linspace(0, places[-1], max(2, math.ceil(places[-1] / step) + 1)))
    return np.stack([np.interp(wanted, places, stroke[:, axis]) for axis in (0, 1)], axis=1)


def ink(strokes: Sequence[Stroke], pen: float) -> NDArray[np.uint8]:
    """White on black, (CANVAS_PX, CANVAS_PX), by a round pen whose width is the share `pen` of the drawing."""
    image = Image.new("L", (CANVAS_PX, CANVAS_PX))
    canvas = ImageDraw.Draw(image)
    width = max(2, round(pen * DRAWING_PX))
    for stroke in strokes:
        points = CANVAS_PX / 2 + stroke * DRAWING_PX / 2
        canvas.line(points.ravel().tolist(), fill=255, width=width)
        for x, y in points:  # Pillow leaves notches where a wide line turns
            canvas.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=255)
    return np.asarray(image)
