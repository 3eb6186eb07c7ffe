import shutil

import numpy as np
import pytest
from PIL import Image

from training.__main__ import main
from training.data import Splits, first
from training.data.mnist import load_mnist


@pytest.fixture(scope="session")
def digits(mnist_dir) -> Splits:
    """600 real digits of each split."""
    return first(load_mnist(mnist_dir, 1 / 12), 600)


@pytest.fixture(scope="module")
def finished(request, tiny_flowers_dir, tmp_path_factory):
    """A folder with a finished run, by the `command` of the test's own file; it is only read."""
    folder = tmp_path_factory.mktemp("finished")
    assert main(request.module.command(tiny_flowers_dir, folder)) == 0
    return folder


@pytest.fixture
def run(finished, tmp_path):
    """A copy of it."""
    shutil.copytree(finished, tmp_path, dirs_exist_ok=True)
    return tmp_path


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
