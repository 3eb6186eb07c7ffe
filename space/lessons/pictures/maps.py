"""Some of AlexNet's first filters with their maps of one photo, stored: the app would have to open the network.

`python -m space.lessons` makes them again when the filters of models/features_alexnet.onnx have changed. Each processor
rounds the maps a little differently.
"""

import json
from pathlib import Path
from typing import TypedDict

import numpy as np
from PIL import Image

from fovea import load
from space.drawing.svg import WIDTH, image, picture, text
from space.feature_maps.examples import example
from space.lessons.figures import Figures
from space.lessons.pictures.filters import MODEL, tiles_of
from space.pictures import heat, png, png_address

STORED = Path(__file__).with_name("alexnet_maps.json")
PHOTO = "china"
SHOWN = (71, 77, 40, 78)  # upright stripes, level stripes, a blue patch, a green patch
PHOTO_PX, SHADES = 126, 64
SIDE, GAP = 84, 6  # of the photo in the picture
MAP_SIDE, FILTER_SIDE = (WIDTH - SIDE) / len(SHOWN) - GAP, 40


class Seen(TypedDict):
    """One filter and its map, as data addresses; `number` counts from 1, as the tab does."""

    number: int
    filter: str
    map: str


class Maps(TypedDict):
    photo: str
    seen: list[Seen]


def made() -> Maps:
    """By onnxruntime. Raises ModelFileError where the network is missing."""
    model = load(MODEL)
    kernels = model.kernels("conv1")
    assert kernels is not None  # every features file holds those of its convolutions
    pixels = model.pixels(Image.open(example(PHOTO)))
    (maps,) = model.run(pixels[None])["conv1"]
    photo = Image.fromarray(pixels).resize((PHOTO_PX, PHOTO_PX), Image.Resampling.LANCZOS).quantize(SHADES)
    tiles = tiles_of(kernels)
    seen = [Seen(number=index + 1, filter=png(tiles[index]), map=heat(np.maximum(maps[index], 0))) for index in SHOWN]
    return Maps(photo=png_address(photo), seen=seen)


def store() -> None:
    """Write STORED, unless it shows these filters already. Raises ModelFileError where the network is missing."""
    now = made()
    if not STORED.is_file() or _filters(stored()) != _filters(now):
        STORED.write_text(json.dumps(now, indent=1) + "\n")


def stored() -> Maps:
    maps: Maps = json.loads(STORED.read_text())
    return maps


def alexnet(_figures: Figures) -> str:
    maps = stored()
    parts = [image(0, FILTER_SIDE + GAP, SIDE, SIDE, maps["photo"]), text(0, FILTER_SIDE - GAP, "photo")]
    for place, seen in enumerate(maps["seen"]):
        x = SIDE + GAP + place * (MAP_SIDE + GAP)
        parts.append(image(x, 0, FILTER_SIDE, FILTER_SIDE, seen["filter"]))
        parts.append(image(x, FILTER_SIDE + GAP, MAP_SIDE, MAP_SIDE, seen["map"]))
        parts.append(text(x, FILTER_SIDE + GAP + MAP_SIDE + 13, f"filter {seen['number']}"))
    return picture("Four filters of AlexNet above their maps of a photo", FILTER_SIDE + GAP + SIDE + 4, parts)


def _filters(maps: Maps) -> list[str]:
    return [seen["filter"] for seen in maps["seen"]]
