"""Training images that take something from others of another source or class."""

import pytest
import torch

from training.data import LabelledPixels
from training.mixing import Mixed

SOURCES = ("a", "a", "b", "b", "c", "a")
LABELS = torch.tensor([0, 0, 0, 1, 1, 2])


class Maps(LabelledPixels):
    """Maps (N, 1, 10, 10) that hold the place of their example everywhere."""

    def inputs(self, indices, epoch):
        return super().inputs(indices, epoch).clone()


@pytest.fixture
def maps():
    return Maps(torch.arange(6.0).view(6, 1, 1, 1).expand(6, 1, 10, 10).contiguous(), LABELS)


def drawn(mixed, indices=range(6), times=60):
    """Every outcome of so many draws, (times, len(indices), 1, 10, 10)."""
    torch.manual_seed(0)
    return torch.stack([mixed.inputs(torch.tensor(list(indices)), epoch=0) for _ in range(times)])


def test_means_are_taken_within_a_class_and_across_sources(maps):
    seen = drawn(Mixed(maps, SOURCES, "mean", share=1.0))
    low, high = seen.amin((0, 2, 3, 4)), seen.amax((0, 2, 3, 4))
    # 0 and 1 are of source a, and meet 2 alone; 3 and 4 meet each other; 5 is the only one of its class
    assert 0 < low[0] < high[0] < 2
    assert 1 < low[1] < high[1] < 2
    assert 0 < low[2] < high[2] < 2
    assert 3 < low[3] < high[3] < 4
    assert (low[5], high[5]) == (5, 5)
    assert (seen == seen[..., :1, :1]).all()  # one weight for a whole image


def test_a_rim_comes_from_another_class_and_leaves_the_middle(maps):
    seen = drawn(Mixed(maps, SOURCES, "rim", share=1.0))
    assert (seen[:, :, 0, 1:9, 1:9] == torch.arange(6.0).view(1, 6, 1, 1)).all()
    corners = seen[:, :, 0, 0, 0]
    assert set(corners[:, 0].tolist()) == {3, 4, 5}
    assert set(corners[:, 5].tolist()) == {0, 1, 2, 3, 4}
    assert (seen[:, :, 0, 9, 4] == corners).all()


def test_a_share_of_the_images_is_mixed(maps):
    is_mixed = drawn(Mixed(maps, SOURCES, "rim", share=0.25), times=400)[:, :, 0, 0, 0] != torch.arange(6.0)
    assert 0.2 < is_mixed.float().mean() < 0.3
    assert not (drawn(Mixed(maps, SOURCES, "rim", share=0.0))[:, :, 0, 0, 0] != torch.arange(6.0)).any()


def test_labels_and_pooled_features_stay(maps):
    mixed = Mixed(maps, SOURCES, "mean", share=1.0)
    assert (mixed.labels == LABELS).all()
    assert (len(mixed), mixed.digest) == (6, maps.digest)
    pooled = Maps(torch.arange(12.0).view(6, 2), LABELS)
    assert (Mixed(pooled, SOURCES, "mean", share=1.0).inputs(torch.arange(6), 0) == pooled.pixels).all()


def test_the_same_seed_draws_the_same_partners(maps):
    mixed = Mixed(maps, SOURCES, "mean")
    assert (drawn(mixed, times=3) == drawn(mixed.to(torch.device("cpu")), times=3)).all()
