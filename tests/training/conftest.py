import pytest

from training.data import Splits, first
from training.data.mnist import load_mnist


@pytest.fixture(scope="session")
def digits(mnist_dir) -> Splits:
    """600 real digits of each split."""
    return first(load_mnist(mnist_dir, 1 / 12), 600)
