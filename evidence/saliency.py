"""Where the heatmaps look: against radiologists' boxes, at the rim, and by taking the hot part of a film away.

Grad-CAM says what the network used, not where a disease is: these figures judge the first and bound the second.
"""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from evidence.outputs import Outputs, film_pixels, run
from evidence.performance import measured, share_of
from fovea import Model
from training.data.chest_xray import CLASSES, FILM_PX, Films

PNEUMONIA = CLASSES.index("pneumonia")
RIM = 0.1  # of each side
DELETION_FILMS = 200
DELETED = (0.1, 0.2, 0.3, 0.5)  # shares of a film
BLUR = 20  # pixels: what is deleted becomes a smear of its surroundings
SEED = 0


def evidence(model: Model, films: Films, outputs: Outputs, boxed: Films, boxes_file: Path) -> dict[str, Any]:
    """`outputs` are those for `films`, the test fold; `boxed` must be outside the training data too."""
    result: dict[str, Any] = {
        "cells": list(outputs.heatmaps.shape[2:]),
        "deletion": deletion(model, films, DELETION_FILMS),
        "rim": at_the_rim(outputs, films),
    }
    if boxes_file.is_file():
        result["boxes"] = in_boxes(model, boxed, boxes_file)
    return result


def at_the_rim(outputs: Outputs, films: Films) -> dict[str, Any]:
    """Of the heat of each film's first answer, the share in the outer rim, where no lung should be; by source too.

    `area` is what heat that is spread evenly would give. Films without any heat are left out.
    """
    heat = outputs.heatmaps[np.arange(len(films)), outputs.probabilities.argmax(1)]
    warm = np.flatnonzero(heat.max(axis=(1, 2)) > 0)
    some = films.take(warm.tolist())
    edge = round(RIM * FILM_PX)
    is_rim = np.ones((FILM_PX, FILM_PX), dtype=bool)
    is_rim[edge:-edge, edge:-edge] = False
    large = [enlarged(heat[index]) for index in warm]
    shares = np.array([one[is_rim].sum() / one.sum() for one in large])
    hits = np.array([is_rim.flat[one.argmax()] for one in large], dtype=bool)
    groups = {"all": list(range(len(some)))} | {
        source: some.indices(sources=[source]) for source in dict.fromkeys(some.sources)
    }
    return {
        "area": round(float(is_rim.mean()), 4),
        "rows": {
            name: {
                "n": len(inside),
                "share of heat": _mean(shares[inside], some.take(inside).patients),
                "hottest point": share_of(hits[inside], some.take(inside).patients),
            }
            for name, inside in groups.items()
            if inside
        },
    }


def boxed_names(boxes_file: Path) -> set[str]:
    """The films that a file of boxes names; none where there is no such file."""
    return set(read_boxes(boxes_file)) if boxes_file.is_file() else set()


def read_boxes(boxes_file: Path) -> dict[str, list[tuple[float, ...]]]:
    """The boxes (x, y, width, height) of each film, as fractions of it."""
    boxes: dict[str, list[tuple[float, ...]]] = {}
    with boxes_file.open(newline="") as file:
        for row in csv.DictReader(file):
            boxes.setdefault(row["file"], []).append(tuple(float(row[key]) for key in ("x", "y", "width", "height")))
    return boxes


def in_boxes(model: Model, films: Films, boxes_file: Path) -> dict[str, Any]:
    """Share of the pneumonia heat inside the boxes, beside the boxes' share of the film, which chance would give."""
    boxes = read_boxes(boxes_file)
    names = films.names
    chosen = [index for index, name in enumerate(names) if name in boxes]
    if not chosen:
        return {"n": 0}
    heatmaps = run(model, film_pixels(model, films.take(chosen))).heatmaps[:, PNEUMONIA]
    inside, area, hits = [], [], []
    for index, heat in zip(chosen, heatmaps, strict=True):
        large = enlarged(heat)
        mask = box_mask(boxes[names[index]], large.shape)
        inside.append(large[mask].sum() / max(large.sum(), 1e-6))
        area.append(mask.mean())
        hits.append(mask.flat[large.argmax()])
    patients, n = films.take(chosen).patients, len(chosen)
    return {
        "n": n,
        "patients": len(set(patients)),
        "sources": list(dict.fromkeys(films.take(chosen).sources)),
        "share of heat inside": _mean(np.array(inside), patients),
        "share of area inside": _mean(np.array(area), patients),
        "hottest point inside": share_of(np.array(hits), patients),
    }


def enlarged(heat: NDArray[np.float32]) -> NDArray[np.float32]:
    """A heatmap at the size of a film."""
    return np.asarray(Image.fromarray(heat).resize((FILM_PX, FILM_PX), Image.Resampling.BILINEAR)).clip(0)


def box_mask(boxes: list[tuple[float, ...]], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Boxes (x, y, width, height) are fractions of the film."""
    mask = np.zeros(shape, dtype=bool)
    height, width = shape
    for x, y, w, h in boxes:
        mask[round(y * height) : round((y + h) * height), round(x * width) : round((x + w) * width)] = True
    return mask


def deletion(model: Model, films: Films, n: int) -> dict[str, Any]:
    """Mean probability of the first answer after the hottest, coldest or random cells are blurred away."""
    some = films.take(list(range(0, len(films), max(1, len(films) // n)))[:n])
    pixels = film_pixels(model, some)
    whole = run(model, pixels)
    answer, rows = whole.probabilities.argmax(1), np.arange(len(some))
    heat = whole.heatmaps[rows, answer]
    blurred = np.stack([np.asarray(Image.fromarray(p[:, :, 0]).filter(ImageFilter.GaussianBlur(BLUR))) for p in pixels])
    random = np.random.default_rng(SEED).random(heat.shape)
    result: dict[str, Any] = {"n": len(some), "whole": _mean(whole.probabilities[rows, answer], some.patients)}
    for name, order in (("hottest", -heat), ("random", random), ("coldest", heat)):
        result[name] = {}
        for share in DELETED:
            changed = run(model, _without(pixels, blurred, order, share))
            result[name][str(share)] = _mean(changed.probabilities[rows, answer], some.patients)
    return result


def _mean(values: NDArray[np.float64], patients: Sequence[str]) -> dict[str, Any]:
    return measured(lambda i: float(values[i].mean()), patients, len(values))


def _without(
    pixels: NDArray[np.uint8], blurred: NDArray[np.uint8], order: NDArray[np.float32], share: float
) -> NDArray[np.uint8]:
    """Films whose first `share` of cells in `order` are blurred."""
    height, width = pixels.shape[1:3]
    count = round(share * order[0].size)
    changed = pixels.copy()
    for index, one in enumerate(order):
        cells = np.zeros(one.size, dtype=np.uint8)
        cells[np.argsort(one, axis=None, kind="stable")[:count]] = 255
        mask = Image.fromarray(cells.reshape(one.shape)).resize((width, height), Image.Resampling.NEAREST)
        changed[index, :, :, 0] = np.where(np.asarray(mask) > 0, blurred[index], pixels[index, :, :, 0])
    return changed
