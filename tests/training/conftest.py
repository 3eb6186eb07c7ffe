import numpy as np
import pytest
from PIL import Image

from training.data import Splits, first
from training.data.mnist import load_mnist


@pytest.fixture(scope="session")
def digits(mnist_dir) -> Splits:
    """600 real digits of each split."""
    return first(load_mnist(mnist_dir, 1 / 12), 600)


@pytest.fixture(scope="session")
def tiny_flowers_dir(tmp_path_factory):
    """A data folder with 20 drawn photos of each of the five flowers, 48 x 48."""
    data_dir = tmp_path_factory.mktemp("tiny_flowers")
    for label, name in enumerate(("daisy", "dandelion", "roses", "sunflowers", "tulips")):
        folder = data_dir / "flower_photos" / name
        folder.mkdir(parents=True)
        random = np.random.default_rng(label)
        for number in range(20):
            pixels = random.integers(0, 80, (48, 48, 3), np.uint8)
            pixels[:, :, label % 3] += 30 * label
            Image.fromarray(pixels).save(folder / f"{name}-{number}.jpg")
    return data_dir
