"""Toy shapes: 60 drawn pictures of a disc or a square, one colour on another, 64 x 64."""

import random
from pathlib import Path

from PIL import Image, ImageDraw

from training.data import Splits
from training.data.photos import Photos, read_photos

CLASSES = ("disc", "square")
SIDE_PX = 64
EACH = 30


def load_toy_shapes(data_dir: Path) -> Splits[Photos]:
    """20 pictures of each class to train on, 5 to choose by and 5 to test; they are drawn where they are missing."""
    folder = data_dir / "toy_shapes"
    folder.mkdir(parents=True, exist_ok=True)
    places = [(number, name) for number in range(EACH) for name in CLASSES]
    paths = [folder / f"{name}-{number}.png" for number, name in places]
    for path, (number, name) in zip(paths, places, strict=True):
        if not path.is_file():
            draw(name, number).save(path)
    photos, _ = read_photos(paths, [CLASSES.index(name) for _, name in places], strict=True)
    return Splits(CLASSES, photos.take(range(40)), photos.take(range(40, 50)), photos.take(range(50, 60)))


def draw(name: str, seed: int) -> Image.Image:
    random_number = random.Random(f"{name} {seed}")
    image = Image.new("RGB", (SIDE_PX, SIDE_PX), tuple(random_number.randrange(0, 80) for _ in "rgb"))
    left, top, side = (random_number.randrange(*bounds) for bounds in ((4, 24), (4, 24), (20, 36)))
    pen = ImageDraw.Draw(image)
    shape = pen.ellipse if name == "disc" else pen.rectangle
    shape((left, top, left + side, top + side), fill=tuple(random_number.randrange(150, 256) for _ in "rgb"))
    return image
