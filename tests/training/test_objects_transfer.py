"""Inception-v3's recipe on a few hundred real images of CIFAR-10: the network enlarges, the cache changes nothing."""

import dataclasses

import pytest
import torch

from fovea import SettingError
from training.__main__ import main
from training.checkpoint import load_checkpoint
from training.data.pictures import Pictures, in_memory
from training.models.normalize import Enlarge, seen_size
from training.models.transfer_net import build_transfer
from training.prefix_cache import PrefixOutputs, open_store
from training.recipes import objects_transfer
from training.views import SmallViews

VIEWS = SmallViews(32, 32, "crop")
OPTIONS = {"last_stage": "Mixed_5b", "num_classes": 10, "size": (32, 32), "head": "pooled", "hidden": 0, "dropout": 0.0}
SMALL = (
    *("--model", "inception_v3", "--weights", "none", "--enlarge-to", 80, "--last-stage", "Mixed_5b"),
    *("--tune-from", "Mixed_5b", "--limit", 60, "--tune-epochs", 2, "--batch-size", 20),
)


@pytest.fixture(scope="module")
def pictures(small_cifar10):
    return in_memory(small_cifar10).train.take(range(40))


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return build_transfer("inception_v3", enlarge_to=80, **OPTIONS).eval()


def run(run_module, data_dir, folder, *more):
    places = ("--data-dir", data_dir, "--runs-dir", folder / "runs", "--cache-dir", folder / "prefix_cache")
    result = run_module("training", "objects", *SMALL, *places, *more)
    assert result.returncode == 0, result.stderr
    return load_checkpoint(folder / "runs" / "objects" / "inception_v3" / "checkpoint.pt")


def test_a_run_writes_a_checkpoint_that_takes_the_pixels_that_googlenet_takes(run_module, small_cifar10_dir, tmp_path):
    checkpoint = run(run_module, small_cifar10_dir, tmp_path)
    spec, model = checkpoint.spec, checkpoint.model()
    assert (spec.task, spec.height, spec.width, spec.fit) == ("objects", 32, 32, "crop")
    assert spec.architecture == "transfer/inception_v3"
    assert spec.metric("accuracy").n == 60
    assert "JPEG of quality 75" in spec.training_data
    assert "and ImageNet for the backbone" in spec.training_data
    assert model(torch.zeros(2, 32, 32, 3, dtype=torch.uint8)).shape == (2, 10)
    report = (tmp_path / "runs" / "objects" / "inception_v3" / "report.md").read_text()
    assert "2 epochs" in report


def test_the_network_enlarges_as_its_first_layer_and_nothing_of_that_is_learned(network):
    pixels = torch.randint(0, 256, (2, 32, 32, 3), dtype=torch.uint8)
    plain = build_transfer("inception_v3", **(OPTIONS | {"size": (80, 80)})).eval()
    plain.load_state_dict({name.replace("normalize.0", "normalize"): w for name, w in network.state_dict().items()})
    larger = torch.nn.functional.interpolate(
        pixels.permute(0, 3, 1, 2).float(), size=(80, 80), mode="bicubic", align_corners=False
    )
    with torch.no_grad():
        torch.testing.assert_close(network(pixels), plain(larger.permute(0, 2, 3, 1)), rtol=1e-4, atol=1e-4)
    assert seen_size(network, 32, 32) == (80, 80)
    assert seen_size(plain, 80, 80) == (80, 80)
    assert not list(Enlarge(80).parameters())


def test_rows_of_the_cache_are_what_the_frozen_part_gives(network, pictures, tmp_path):
    prefix, _ = network.split("Mixed_5b")
    example = torch.zeros(1, 32, 32, 3, dtype=torch.uint8)
    kept = PrefixOutputs(pictures, VIEWS, 2, prefix, open_store(tmp_path, prefix, example, 10**9))
    kept.fill(epochs=2, show_progress=False)
    computed = PrefixOutputs(pictures, VIEWS, 2, prefix, None)
    some = torch.tensor([3, 0, 31])
    for epoch in range(2):
        torch.testing.assert_close(kept.inputs(some, epoch), computed.inputs(some, epoch), rtol=1e-3, atol=1e-3)
    assert not torch.equal(kept.inputs(some, 0), kept.inputs(some, 1))


def test_another_size_shares_no_row_with_this_one(network, tmp_path):
    example = torch.zeros(1, 32, 32, 3, dtype=torch.uint8)
    other = build_transfer("inception_v3", enlarge_to=96, **OPTIONS).eval()
    other.load_state_dict(network.state_dict())
    stores = [open_store(tmp_path, net.split("Mixed_5b")[0], example, 10**9) for net in (network, other)]
    assert stores[0].folder != stores[1].folder


def test_view_0_is_the_picture_itself_and_the_others_are_shifted_or_mirrored(pictures):
    for index in range(5):
        photo, digest, pixels = pictures.photo(index), pictures.digests[index], pictures.pixels[index]
        assert torch.equal(VIEWS.render(photo, digest, 0), pixels)
        candidates = shifted(pixels) + [picture.flip(1) for picture in shifted(pixels)]
        for number in (1, 2):
            view = VIEWS.render(photo, digest, number)
            assert any(torch.equal(view, candidate) for candidate in candidates)
            assert torch.equal(view, VIEWS.render(photo, digest, number))


def shifted(pixels):
    """The picture at every shift of up to 4 pixels, its edge mirrored outwards."""
    wide = torch.nn.functional.pad(pixels.permute(2, 0, 1).float(), (4, 4, 4, 4), mode="reflect").byte()
    return [wide[:, top : top + 32, left : left + 32].permute(1, 2, 0) for top in range(9) for left in range(9)]


def test_pictures_keep_their_label_and_digest_when_some_are_taken(pictures):
    some = pictures.take([5, 2])
    assert torch.equal(some.labels, pictures.labels[[5, 2]])
    assert some.digests == (pictures.digests[5], pictures.digests[2])
    assert torch.equal(some.pixels[1], pictures.pixels[2])
    assert len(set(pictures.digests)) == len(pictures)
    grey = Pictures(some.pixels[..., :1], some.labels, some.digests)
    assert (some.channels, some.photo(0).mode, grey.channels, grey.photo(0).mode) == (3, "RGB", 1, "L")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--model", "inception_v4"], "The model is inception_v4. Choose googlenet or inception_v3."),
        (
            ["--model", "inception_v3", "--recipe", "full-width"],
            "The recipe is full-width. The model inception_v3 has no recipes.",
        ),
        (["--model=googlenet", "--recipe", "wide"], "The recipe is wide. Choose full-width."),
    ],
)
def test_a_wrong_choice_is_refused_in_one_sentence(capsys, options, sentence):
    assert main(["objects", *options]) == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize(("options", "setting"), [([], "--stem-stride"), (["--model", "inception_v3"], "--enlarge-to")])
def test_help_lists_the_options_of_the_model_that_is_asked_for(capsys, options, setting):
    with pytest.raises(SystemExit):
        main(["objects", *options, "--help"])
    text = capsys.readouterr().out
    assert setting in text
    assert "Models, by --model: googlenet, inception_v3" in text


def test_another_size_than_the_datas_is_refused():
    with pytest.raises(SettingError, match=r"The size is 64. Choose 32, the size of CIFAR-10"):
        objects_transfer.main(dataclasses.replace(objects_transfer.DEFAULT, size=64))
