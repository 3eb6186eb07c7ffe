"""Training examples that are in part those of another source."""

import pytest
import torch

from training.data import LabelledPixels
from training.mixing import MixedSources

SOURCES = ("a", "a", "b", "b", "c", "a")
LABELS = torch.tensor([0, 0, 0, 1, 1, 2])


@pytest.fixture
def maps():
    """Maps (N, 1, 10, 10) that hold the place of their example everywhere."""
    return LabelledPixels(torch.arange(6.0).view(6, 1, 1, 1).expand(6, 1, 10, 10).contiguous(), LABELS)


def drawn(mixed, times=60):
    """Every outcome of so many draws, (times, 6, 1, 10, 10)."""
    torch.manual_seed(0)
    return torch.stack([mixed.inputs(torch.arange(6), epoch=0) for _ in range(times)])


def test_means_are_taken_within_a_class_and_across_sources(maps):
    seen = drawn(MixedSources(maps, SOURCES, share=1.0))
    low, high = seen.amin((0, 2, 3, 4)), seen.amax((0, 2, 3, 4))
    # 0 and 1 are of source a, and meet 2 alone; 3 and 4 meet each other; 5 is the only one of its class
    assert 0 < low[0] < high[0] < 2
    assert 1 < low[1] < high[1] < 2
    assert 0 < low[2] < high[2] < 2
    assert 3 < low[3] < high[3] < 4
    assert (low[5], high[5]) == (5, 5)
    assert (seen == seen[..., :1, :1]).all()  # one weight for a whole example


def test_a_share_of_the_examples_is_mixed(maps):
    is_mixed = drawn(MixedSources(maps, SOURCES, share=0.25), times=400)[:, :5, 0, 0, 0] != torch.arange(5.0)
    assert 0.2 < is_mixed.float().mean() < 0.3
    assert (drawn(MixedSources(maps, SOURCES, share=0.0))[:, :, 0, 0, 0] == torch.arange(6.0)).all()


def test_labels_and_pooled_features_stay(maps):
    mixed = MixedSources(maps, SOURCES, share=1.0)
    assert (mixed.labels == LABELS).all()
    assert (len(mixed), mixed.digest) == (6, maps.digest)
    pooled = LabelledPixels(torch.arange(12.0).view(6, 2), LABELS)
    assert (MixedSources(pooled, SOURCES, share=1.0).inputs(torch.arange(6), 0) == pooled.pixels).all()


def test_the_same_seed_draws_the_same_partners(maps):
    mixed = MixedSources(maps, SOURCES)
    assert (drawn(mixed, times=3) == drawn(mixed.to(torch.device("cpu")), times=3)).all()
