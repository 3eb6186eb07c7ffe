"""What a user causes ends a command with a sentence, and what was saved before stays; a bug shows its traceback."""

import errno
import re
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

from training.__main__ import main, train
from training.models.backbones import BackboneError
from training.models.pretrained import pretrained_backbone
from training.recipes.flowers import DEFAULT
from training.run_record import state_record
from training.setting_ranges import require_in_range
from training.user_errors import sentence

SMALL = ("--backbone", "test_resnet", "--weights", "none", "--size", "64", "--views", "1")
EPOCHS = ("--head-epochs", "1", "--tune-epochs", "1")
FULL = Path("/dev/full")


def command(data_dir, folder, *more):
    places = ("--data-dir", data_dir, "--runs-dir", folder / "runs", "--cache-dir", folder / "prefix_cache")
    return [*map(str, ("flowers", *SMALL, *EPOCHS, *places, *more))]


def saved(folder):
    root = folder / "runs" / "flowers" / "inception_v3"
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file() and path.name != "lock"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--head-epochs", "-1"), "--head-epochs is -1. Choose at least 0."),
        (("--head-epochs", "0", "--tune-epochs", "0"), "--head-epochs and --tune-epochs are both 0."),
        (("--batch-size", "0"), "--batch-size is 0. Choose at least 1."),
        (("--limit", "0"), "--limit is 0. Choose at least 1."),
        (("--head-learning-rate", "nan"), "--head-learning-rate is nan. Choose a number above 0."),
        (("--dropout", "1"), "--dropout is 1.0. Choose a number that is at least 0 and below 1."),
        (
            ("--name", "../elsewhere"),
            "--name is '../elsewhere'. Choose the name of a folder, without slashes or spaces.",
        ),
        (("--name", "my run"), "--name is 'my run'. Choose the name of a folder, without slashes or spaces."),
        (("--weights", "nowhere.safetensors"), "The weights are 'nowhere.safetensors'."),
        (("--data-dir", "/proc/nowhere"), "/proc/nowhere: "),
        (("--head-learning-rate", "1e30"), "Choose a lower learning rate"),
        (("--limit", "2"), "The training split has no image of "),
    ],
)
def test_each_is_refused_in_one_sentence_and_what_was_saved_stays(run, tiny_flowers_dir, capsys, options, said):
    before = saved(run)
    assert main(command(tiny_flowers_dir, run, *options)) == 2
    *_, line = capsys.readouterr().err.splitlines()
    assert said in line
    assert saved(run) == before


def test_zero_epochs_of_a_training_from_scratch_are_refused_before_any_data_is_looked_for(tmp_path, capsys):
    assert main(["digits", "--epochs", "0", "--data-dir", str(tmp_path), "--runs-dir", str(tmp_path)]) == 2
    assert capsys.readouterr().err == "--epochs is 0. Choose at least 1.\n"
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not FULL.exists(), reason="needs a device that is always full")
def test_a_full_disk_is_named_with_its_file_and_the_run_before_can_still_be_resumed(run, tiny_flowers_dir, capsys):
    before = saved(run)
    root = run / "runs" / "flowers" / "inception_v3"
    (root / "head" / "state.pt.partial").symlink_to(FULL)
    assert main(command(tiny_flowers_dir, run, "--seed", "5")) == 2
    *_, line = capsys.readouterr().err.splitlines()
    assert line.startswith(f"{root / 'head' / 'state.pt'}: No space left on device. Free some space")
    assert saved(run) == before
    assert main(command(tiny_flowers_dir, run, "--resume")) == 0


def test_a_file_where_the_runs_should_be_is_named(tiny_flowers_dir, tmp_path, capsys):
    (tmp_path / "runs").write_text("")
    assert main(command(tiny_flowers_dir, tmp_path)) == 2
    assert f"{tmp_path / 'runs'}" in capsys.readouterr().err


def test_a_run_that_fails_before_its_first_state_does_not_become_the_last_run(run, tiny_flowers_dir):
    path = run / "runs" / "flowers" / "inception_v3" / "head" / "state.pt"
    assert main(command(tiny_flowers_dir, run, "--weights", "nowhere.pt")) == 2
    assert main(command(tiny_flowers_dir, run, "--resume")) == 0
    assert state_record(path).number == 1


def test_a_hub_without_a_network_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with pytest.raises(BackboneError, match="weights of vgg16 cannot be fetched from the hub"):
        pretrained_backbone("vgg16", "hub")


def test_a_truncated_file_that_the_hub_once_gave_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    kept = tmp_path / "hub" / "checkpoints" / "vgg16-397923af.pth"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"PK\x03\x04 cut")
    with pytest.raises(BackboneError, match=rf"{re.escape(str(kept))} is truncated or damaged\. Delete it"):
        pretrained_backbone("vgg16", "hub")


@pytest.mark.parametrize("name", ["cut.safetensors", "cut.pt"])
def test_truncated_weights_are_named(tmp_path, name):
    (tmp_path / name).write_bytes(b"PK\x03\x04 cut")
    with pytest.raises(BackboneError, match=rf"{name} is truncated, damaged or no file of weights"):
        pretrained_backbone("vgg16", str(tmp_path / name))


def test_every_default_and_every_seed_of_a_date_is_in_range():
    require_in_range(vars(DEFAULT) | {"seed": 20261129})


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        (errno.EROFS, "Choose a folder that can be written to"),
        (errno.EACCES, "Change its permissions"),
        (errno.EIO, ""),
    ],
)
def test_what_the_operating_system_refuses_is_named_with_what_to_do(code, advice):
    said = sentence(OSError(code, "Refused", "runs/run.json"))
    assert said.startswith("runs/run.json: Refused.")
    assert advice in said


def test_a_bug_is_not_dressed_up(tmp_path):
    @dataclass(frozen=True)
    class Config:
        name: str = "x"
        folder: Path = tmp_path / "runs"

    def buggy(_config):
        raise KeyError("a bug")

    with pytest.raises(KeyError, match="a bug"):
        train(SimpleNamespace(main=buggy), Config())
