"""The frozen-prefix cache: the same numbers as without it, whatever happens to the process."""

import dataclasses

import numpy as np
import pytest
import torch
from torch import nn

from training.fine_tuning import Phase, limit, start, train_phase
from training.frozen_features import embeddings
from training.models.normalize import Normalize
from training.models.transfer_net import FrozenPrefix
from training.precision import make_accelerator
from training.prefix_cache import PrefixOutputs, open_store
from training.prefix_store import PrefixStore
from training.recipes.flowers import DEFAULT
from training.views import PhotoViews

KEYS = [bytes([number]) * 32 for number in range(10)]
ROWS = np.arange(60, dtype=np.float16).reshape(10, 2, 3)
VIEWS = PhotoViews(64, 64)
EXAMPLE = torch.zeros(1, 64, 64, 3, dtype=torch.uint8)


def store(folder, name="a", max_bytes=10**6):
    return PrefixStore(folder, name, (2, 3), max_bytes)


def test_rows_come_back_under_their_keys_in_a_later_process(tmp_path):
    first = store(tmp_path)
    first.append(KEYS[:4], ROWS[:4])
    first.append(KEYS[4:6], ROWS[4:6])
    again = store(tmp_path)
    assert np.array_equal(again.read([KEYS[5], KEYS[0], KEYS[3]]), ROWS[[5, 0, 3]])
    assert KEYS[6] not in again


def test_a_key_is_kept_once_even_within_one_append(tmp_path):
    first = store(tmp_path)
    first.append([KEYS[0], KEYS[1], KEYS[0]], ROWS[:3])
    first.append([KEYS[1], KEYS[2]], ROWS[5:7])
    assert np.array_equal(first.read(KEYS[:3]), ROWS[[0, 1, 6]])


def test_two_writers_of_one_folder_do_not_overwrite_each_other(tmp_path):
    one, other = store(tmp_path), store(tmp_path)
    one.append(KEYS[:2], ROWS[:2])
    other.append(KEYS[2:5], ROWS[2:5])
    one.append(KEYS[5:6], ROWS[5:6])
    assert np.array_equal(store(tmp_path).read(KEYS[:6]), ROWS[:6])


@pytest.mark.parametrize(("file", "extra"), [("rows.f16", 5), ("rows.f16", 12), ("keys", 7)])
def test_what_an_interrupted_append_left_behind_is_overwritten(tmp_path, file, extra):
    store(tmp_path).append(KEYS[:3], ROWS[:3])
    with (tmp_path / "a" / file).open("ab") as half_written:
        half_written.write(b"x" * extra)
    again = store(tmp_path)
    again.append(KEYS[3:5], ROWS[3:5])
    assert np.array_equal(store(tmp_path).read(KEYS[:5]), ROWS[:5])


def test_the_bound_drops_the_least_recently_used_prefix_and_then_stops(tmp_path):
    row = 12 + 32
    store(tmp_path, "old", 4 * row).append(KEYS[:3], ROWS[:3])
    new = store(tmp_path, "new", 4 * row)
    new.append(KEYS[:3], ROWS[:3])
    assert not (tmp_path / "old").exists()
    new.append(KEYS[3:6], ROWS[3:6])
    assert new.is_full
    assert np.array_equal(store(tmp_path, "new").read(KEYS[:3]), ROWS[:3])
    assert KEYS[3] not in store(tmp_path, "new")


@pytest.fixture
def prefix():
    torch.manual_seed(0)
    return FrozenPrefix(Normalize((0.5,) * 3, (0.5,) * 3), nn.Conv2d(3, 4, 3, stride=4), nn.ReLU())


def outputs(flowers, prefix, kept, count=2):
    return PrefixOutputs(flowers.train.take(range(0, 2936, 200)), VIEWS, count, prefix, kept)


def test_cached_rows_equal_computed_ones_to_half_precision_in_every_epoch(flowers, prefix, tmp_path):
    kept = outputs(flowers, prefix, open_store(tmp_path, prefix, EXAMPLE, 10**8))
    kept.fill(epochs=2, show_progress=False)
    computed = outputs(flowers, prefix, None)
    indices = torch.tensor([3, 0, 11])
    for epoch in range(3):
        torch.testing.assert_close(kept.inputs(indices, epoch), computed.inputs(indices, epoch), rtol=1e-3, atol=1e-3)
    assert not torch.equal(kept.inputs(indices, 0), kept.inputs(indices, 1))
    assert torch.equal(kept.inputs(indices, 0), kept.inputs(indices, 2))


def test_a_later_run_computes_nothing_again_and_other_weights_share_nothing(flowers, prefix, tmp_path):
    outputs(flowers, prefix, open_store(tmp_path, prefix, EXAMPLE, 10**8)).fill(2, show_progress=False)

    class Refusing(nn.Sequential):
        def forward(self, _pixels):
            raise AssertionError("computed again")

    later = outputs(flowers, Refusing(), open_store(tmp_path, prefix, EXAMPLE, 10**8))
    later.fill(2, show_progress=False)
    assert later.inputs(torch.arange(15), epoch=1).shape == (15, 4, 16, 16)
    with torch.no_grad():
        prefix[1].bias += 0.1
    assert not open_store(tmp_path, prefix, EXAMPLE, 10**8).places


def test_a_photo_that_repeats_is_computed_once(flowers, prefix, tmp_path):
    rows = []

    class Counting(nn.Sequential):
        def forward(self, pixels):
            rows.append(len(pixels))
            return prefix(pixels)

    kept = open_store(tmp_path, prefix, EXAMPLE, 10**8)
    photos = flowers.train.take([0, 200, 0, 0, 400])
    PrefixOutputs(photos, VIEWS, 2, Counting(), kept).fill(2, show_progress=False)
    assert sum(rows) == 3 * 2


def test_a_full_cache_is_said_and_the_rest_is_computed(flowers, prefix, tmp_path, capsys):
    kept = outputs(flowers, prefix, open_store(tmp_path, prefix, EXAMPLE, 30_000))
    kept.fill(2)
    assert "The prefix cache is full" in capsys.readouterr().out
    computed = outputs(flowers, prefix, None).inputs(torch.arange(15), 0)
    torch.testing.assert_close(kept.inputs(torch.arange(15), 0), computed, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("cache", [True, False])
def test_embeddings_are_the_same_where_the_cache_holds_nothing(flowers, tmp_path, cache):
    few = limit(flowers, 20).train
    config = dataclasses.replace(
        DEFAULT,
        backbone="convnext_atto",
        weights="none",
        size=64,
        cache=cache,
        cache_gb=0.0,
        cache_dir=tmp_path / "none",
    )
    kept = dataclasses.replace(config, cache=True, cache_gb=1.0, cache_dir=tmp_path / "kept")
    np.testing.assert_allclose(embeddings(config, few), embeddings(kept, few), rtol=1e-2, atol=1e-2)


@pytest.mark.parametrize("train_from", [None, "stages_3"])
def test_training_on_the_cache_gives_the_losses_of_training_without_it(flowers, tmp_path, train_from):
    small = limit(flowers, 40)
    losses = []
    for cache in (True, False):
        config = dataclasses.replace(
            DEFAULT, backbone="convnext_atto", weights="none", size=64, views=2, batch_size=8, cache=cache,
            cache_dir=tmp_path / "prefix_cache", runs_dir=tmp_path / str(cache),
        )  # fmt: skip
        config.folder.mkdir(parents=True)
        net, _ = start(config, 5)
        phase = Phase("phase", train_from, views=2, epochs=3, learning_rate=1e-4)
        history = train_phase(net, phase, config, small, make_accelerator(config.precision)).history
        losses.append([[row["train_loss"], row["val_loss"]] for row in history])
    np.testing.assert_allclose(*losses, atol=1e-3)
