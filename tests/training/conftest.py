import pytest

from training.data import Splits
from training.data.mnist import load_mnist
from training.recipes.digits import limit


@pytest.fixture(scope="session")
def digits(mnist_dir) -> Splits:
    """600 real digits of each split."""
    return limit(load_mnist(mnist_dir, 1 / 12), 600)
