"""Scribbles and shapes, as strokes: what people draw to see what a digit reader says of it."""

import math

import numpy as np

from training.data.handwriting import Drawing, Stroke


def scribble(random: np.random.Generator) -> list[Stroke]:
    """One to three lines that turn and cross at random, smooth or with corners."""
    line = _wandering if random.random() < 0.6 else _zigzag
    return [line(random) for _ in range(random.integers(1, 4))]


def _wandering(random: np.random.Generator) -> Stroke:
    time = np.linspace(0, 1, 80)[:, np.newaxis]
    orders = np.arange(1, random.integers(3, 9))[:, np.newaxis, np.newaxis]  # (waves, 1, 1)
    sizes, phases = random.normal(0, 1 / orders, (len(orders), 1, 2)), random.uniform(0, 7, (len(orders), 1, 2))
    line: Stroke = (sizes * np.sin(2 * math.pi * orders * time + phases)).sum(axis=0) + random.normal(0, 0.2, 2)
    return line


def _zigzag(random: np.random.Generator) -> Stroke:
    """Through 3 to 8 corners, closed now and then."""
    corners: Stroke = random.uniform(-1, 1, (random.integers(3, 9), 2))
    return np.concatenate([corners, corners[:1]]) if random.random() < 0.4 else corners


def polygon(corners: int, random: np.random.Generator, radius: float = 1.0) -> Stroke:
    angles = random.uniform(0, 2 * math.pi) + np.arange(corners + 1) * 2 * math.pi / corners
    return radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def arc(x: float, y: float, radius: float, start: float = 0.0, end: float = 2 * math.pi) -> Stroke:
    """From angle `start` to `end`, radians, clockwise from the right."""
    angles = np.linspace(start, end, 40)
    return np.stack([x + radius * np.cos(angles), y + radius * np.sin(angles)], axis=1)


def line(*points: tuple[float, float]) -> Stroke:
    return np.array(points, float)


def star(random: np.random.Generator) -> list[Stroke]:
    return [polygon(5, random)[[0, 2, 4, 1, 3, 0]]]


def smiley(_: np.random.Generator) -> list[Stroke]:
    mouth = arc(0, 0, 0.6, 0.3, math.pi - 0.3)
    return [arc(0, 0, 1), arc(-0.35, -0.3, 0.08), arc(0.35, -0.3, 0.08), mouth]


def heart(_: np.random.Generator) -> list[Stroke]:
    bows = [arc(side, -0.4, 0.5, math.pi) for side in (-0.5, 0.5)]
    return [*bows, line((-1, -0.4), (0, 1), (1, -0.4))]


def house(_: np.random.Generator) -> list[Stroke]:
    return [line((-0.7, 1), (-0.7, -0.2), (0.7, -0.2), (0.7, 1), (-0.7, 1)), line((-0.9, -0.2), (0, -1), (0.9, -0.2))]


TRAINING_SHAPES: tuple[Drawing, ...] = (
    lambda random: [polygon(3, random)],
    lambda random: [polygon(4, random)],
    lambda random: [polygon(6, random), polygon(3, random, radius=0.4)],
    lambda _: [line((-1, 0), (1, 0)), line((0, -1), (0, 1))],
    lambda _: [line((-1, -1), (1, 1)), line((-1, 1), (1, -1))],
    lambda _: [line((-1, 0), (1, 0), (0.5, -0.5)), line((1, 0), (0.5, 0.5))],
    lambda _: [line((-1, -0.4), (1, -0.4)), line((-1, 0.4), (1, 0.4))],
    lambda _: [line((x, -1), (x, 1)) for x in (-0.6, 0.0, 0.6)],
    lambda _: [line((-1, 0.5), (-0.5, -0.5), (0, 0.5), (0.5, -0.5), (1, 0.5))],
    lambda _: [arc(0, 0, 1), arc(0, 0, 0.4)],
    lambda _: [arc(0, 0, 1), line((-1, -1), (1, 1))],
    smiley,
    star,
)
HELD_OUT_SHAPES: tuple[Drawing, ...] = (
    lambda random: [polygon(5, random)],
    lambda _: [line((-1, 0), (-0.3, 0.8), (1, -1))],
    lambda _: [line((-1, y), (1, y)) for y in (-0.4, 0.4)] + [line((x, -1), (x, 1)) for x in (-0.4, 0.4)],
    lambda _: [line((0, -1), (0, 1)), *(line((-0.9, y), (0.9, -y)) for y in (-0.5, 0.5))],
    heart,
    house,
)
