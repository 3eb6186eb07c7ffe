"""CIFAR-10 in the form at hand, split once for everyone."""

import io
import tarfile

import numpy as np
import pytest
import torch
from PIL import Image

from training.data.cifar10 import CLASSES, JPEG_ARCHIVE, form_at_hand, load_cifar10


def test_the_published_sizes_and_balance(cifar10):
    assert [len(part) for part in (cifar10.train, cifar10.val, cifar10.test)] == [45_000, 5_000, 10_000]
    assert cifar10.train.pixels.shape == (45_000, 32, 32, 3)
    assert cifar10.train.pixels.dtype == torch.uint8
    assert cifar10.test.labels.bincount().tolist() == [1000] * 10
    assert (cifar10.train.labels.bincount() + cifar10.val.labels.bincount()).tolist() == [5000] * 10


def test_the_first_images_of_each_split_are_of_every_class(cifar10):
    for part in (cifar10.train, cifar10.val, cifar10.test):
        assert part.first(100).labels.bincount(minlength=10).min() >= 3


def test_no_validation_image_is_a_training_image(cifar10):
    def images(part):
        return {pixels.numpy().tobytes() for pixels in part.pixels}

    assert not images(cifar10.val) & images(cifar10.train)


@pytest.fixture
def small_archive(tmp_path):
    """One image a class and part, whose every pixel is 10 times the class, and 5 more in the test part."""
    with tarfile.open(tmp_path / JPEG_ARCHIVE, "w:gz") as archive:
        for part, more in (("test", 5), ("train", 0)):
            for label, name in reversed(list(enumerate(CLASSES))):
                stream = io.BytesIO()
                Image.fromarray(np.full((32, 32, 3), 10 * label + more, np.uint8)).save(stream, "JPEG", quality=95)
                member = tarfile.TarInfo(f"cifar10/{part}/{name}/0000.jpg")
                member.size = stream.tell()
                stream.seek(0)
                archive.addfile(member, stream)
    return tmp_path


def test_labels_are_the_folders_whatever_the_order_in_the_archive(small_archive):
    splits = load_cifar10(small_archive, val_share=0.2)
    assert (len(splits.train), len(splits.val), len(splits.test)) == (8, 2, 10)
    for part, more in ((splits.train, 0), (splits.val, 0), (splits.test, 5)):
        grey = part.pixels.float().mean(dim=(1, 2, 3))
        torch.testing.assert_close(grey, part.labels * 10.0 + more, atol=1.0, rtol=0)


def test_the_split_is_the_same_for_everyone(small_archive):
    first, second = (load_cifar10(small_archive, val_share=0.3) for _ in range(2))
    for part in ("train", "val", "test"):
        assert torch.equal(getattr(first, part).labels, getattr(second, part).labels)
    assert not torch.equal(first.test.labels, first.test.labels.sort().values)


def test_the_original_goes_before_the_jpegs(small_archive):
    assert form_at_hand(small_archive) == "jpeg"
    (small_archive / "cifar-10-batches-py").mkdir()
    assert form_at_hand(small_archive) == "original"


def test_without_either_it_is_the_original_that_is_fetched(tmp_path):
    assert form_at_hand(tmp_path) == "original"
