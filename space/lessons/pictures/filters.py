"""AlexNet's first filters, stored as a PNG: the app would have to open the network to draw them.

`python -m space.lessons` makes the PNG again from models/features_alexnet.onnx.
"""

import base64
import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fovea import load
from space.drawing.svg import WIDTH, image, picture
from space.lessons.figures import Figures

MODEL = Path(__file__).parents[3] / "models" / "features_alexnet.onnx"
STORED = Path(__file__).with_name("alexnet_filters.png")
COLUMNS, GAP = 12, 1


def tiles_of(kernels: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Kernels (O, 3, k, k) as colours (O, k, k, 3): grey is 0, each one's largest weight is black or full colour."""
    largest = np.abs(kernels).max(axis=(1, 2, 3), keepdims=True)
    levels: NDArray[np.uint8] = np.rint(kernels / largest * 127 + 128).astype(np.uint8)
    return levels.transpose(0, 2, 3, 1)


def sheet(kernels: NDArray[np.float32]) -> bytes:
    """All kernels (O, 3, k, k) as one PNG."""
    levels = tiles_of(kernels)
    count, side = levels.shape[:2]
    cell = side + GAP
    tiles = np.zeros((-(-count // COLUMNS) * cell - GAP, COLUMNS * cell - GAP, 4), np.uint8)
    for number, tile in enumerate(levels):
        y, x = cell * (number // COLUMNS), cell * (number % COLUMNS)
        tiles[y : y + side, x : x + side, :3] = tile
        tiles[y : y + side, x : x + side, 3] = 255
    buffer = io.BytesIO()
    Image.fromarray(tiles).save(buffer, "PNG")
    return buffer.getvalue()


def store() -> None:
    """Write STORED. Raises ModelFileError where the network is missing."""
    kernels = load(MODEL).kernels("conv1")
    assert kernels is not None  # every features file holds those of its convolutions
    STORED.write_bytes(sheet(kernels))


def alexnet(_figures: Figures) -> str:
    content = STORED.read_bytes()
    width, height = Image.open(io.BytesIO(content)).size
    drawn = WIDTH * height / width
    address = "data:image/png;base64," + base64.b64encode(content).decode()
    return picture("All filters of AlexNet's first layer", round(drawn), [image(0, 0, WIDTH, drawn, address)])
