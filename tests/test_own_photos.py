"""From a folder of photos to an answer, a tab and a Space: the whole path, once, on small real photos."""

import io
import json
import shutil
import tarfile

import pytest
from PIL import Image

from export.__main__ import Config as ExportConfig
from export.__main__ import main as export
from export.folder import OtherPhotosError, some_of, splits
from fovea import SettingError, load
from fovea.command import main as fovea
from space.app import TABS
from space.bundle import make
from space.feature_maps.networks import described, networks_of
from space.model_folder import ModelFolder
from space.tab import with_other_models
from training.__main__ import main as train
from training.checkpoint import load_checkpoint

EACH = 16
CLASSES = ("airplane", "automobile")
NAME = "vehicles"


@pytest.fixture(scope="module")
def photos(cifar10_dir, tmp_path_factory):
    """16 photos of each class; beside them a copy with the other label, a twin, a file cut short and a text."""
    folder = tmp_path_factory.mktemp("own") / "vehicles"
    for name in CLASSES:
        (folder / name).mkdir(parents=True)
    found = dict.fromkeys(CLASSES, 0)
    with tarfile.open(cifar10_dir / "cifar10_jpeg.tgz") as archive:
        for member in archive:
            name = member.name.split("/")[-2]
            if member.isfile() and found.get(name, EACH) < EACH:
                (folder / name / f"{found[name]}.jpg").write_bytes(archive.extractfile(member).read())
                found[name] += 1
            if min(found.values()) == EACH:
                break
    whole = (folder / "airplane" / "0.jpg").read_bytes()
    (folder / "automobile" / "copy.jpg").write_bytes(whole)
    with Image.open(io.BytesIO(whole)) as image:
        image.save(folder / "airplane" / "twin.png")
    (folder / "airplane" / "cut.jpg").write_bytes(whole[:400])
    (folder / "automobile" / "notes.txt").write_text("not a photo")
    return folder


def command(photos, folder, *more):
    small = ("--weights", "none", "--backbone", "test_resnet", "--size", "32", "--head-epochs", "1")
    places = ("--runs-dir", str(folder / "runs"), "--cache-dir", str(folder / "cache"))
    return ["folder", str(photos), *small, "--tune-epochs", "0", *places, *more]


@pytest.fixture(scope="module")
def trained(photos):
    """The run's folder. The run, as no name is given, has that of the photos' folder."""
    assert train(command(photos, photos.parent)) == 0
    return photos.parent / "runs" / "folder" / NAME


@pytest.fixture(scope="module")
def model(trained):
    root = trained.parents[2]
    places = {"runs_dir": root / "runs", "models_dir": root / "models", "data_dir": root / "nothing"}
    return load(export(ExportConfig("folder", photos=NAME, precision="float32", **places)))


def test_the_report_says_before_the_training_what_is_to_know(trained):
    report = (trained / "photos.md").read_text()
    assert "34 photos of 2 classes in 32 groups that stay together." in report
    assert "2 files cannot be used and are left out." in report
    assert "2 pairs of photos look alike. 1 is a copy of another file." in report
    assert "1 of these pairs has different labels." in report
    assert "## Labels to look at" in report
    pictures = {part.split(")")[0] for part in report.split("![](")[1:]}
    assert pictures
    for picture in pictures:
        with Image.open(trained / picture) as image:
            assert image.size == (32, 32)


def test_look_alikes_are_on_one_side(trained, photos):
    settings = load_checkpoint(trained / "checkpoint.pt").config
    found = splits(settings, photos)
    alike = {photos / "airplane" / "0.jpg", photos / "airplane" / "twin.png", photos / "automobile" / "copy.jpg"}
    assert sorted(len(alike & set(part.paths)) for part in (found.train, found.val, found.test)) == [0, 0, 3]


def test_an_export_refuses_photos_that_are_not_those_of_the_run(trained, photos, tmp_path):
    settings = load_checkpoint(trained / "checkpoint.pt").config
    shutil.copytree(photos, tmp_path / "changed")
    (tmp_path / "changed" / "airplane" / "3.jpg").unlink()
    with pytest.raises(OtherPhotosError, match="no longer holds the photos that the run trained on"):
        splits(settings | {"path": str(tmp_path / "changed")}, photos)


def test_photos_that_moved_are_named_by_their_new_place(trained, photos, tmp_path):
    settings = load_checkpoint(trained / "checkpoint.pt").config
    moved = shutil.copytree(photos, tmp_path / "moved")
    with pytest.raises(FileNotFoundError, match=r"does not exist\. Say with --path where they are"):
        splits(settings | {"path": str(tmp_path / "gone")}, photos)
    runs = trained.parents[1]
    places = {"runs_dir": runs, "models_dir": tmp_path / "models", "data_dir": tmp_path / "nothing"}
    assert export(ExportConfig("folder", photos=NAME, precision="float32", path=moved, **places)).is_file()


def test_an_export_takes_no_more_photos_than_memory_holds(trained, photos, monkeypatch):
    whole = splits(load_checkpoint(trained / "checkpoint.pt").config, photos)
    monkeypatch.setattr("export.folder.LEARNT_FROM", 1)
    monkeypatch.setattr("export.folder.JUDGED_BY", 1)
    some = some_of(whole)
    assert set(some.train.labels.tolist()) == {0, 1}
    assert (len(some.train), len(some.val), len(some.test)) == (2, 1, 1)


def test_the_file_and_its_card_say_what_they_are(model):
    assert (model.spec.task, model.spec.classes) == (NAME, CLASSES)
    assert model.spec.metric("accuracy").n > 0
    assert {"probabilities", "heatmaps", "embedding", "ood_score"} <= set(model.outputs)
    assert f"Made by `python -m training folder PATH --name {NAME}` and `python -m export folder {NAME}`." in model.card


def test_the_library_answers(model, photos, capsys):
    assert fovea(["predict", str(model.path), str(photos / "airplane" / "1.jpg")]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert set(answer["probabilities"]) == set(CLASSES)


def test_the_app_has_one_tab_for_the_one_model(model):
    tabs = with_other_models(TABS, ModelFolder(model.path.parent))
    assert [(tab.name, tab.title) for tab in tabs] == [(NAME, "Vehicles")]


def test_a_space_holds_just_the_model(model, tmp_path):
    make(tmp_path / "space", [NAME], model.path.parent)
    assert {path.name for path in (tmp_path / "space" / "models").iterdir()} == {f"{NAME}.onnx", f"{NAME}.md"}
    readme = (tmp_path / "space" / "README.md").read_text()
    assert "title: vehicles\n" in readme
    assert "short_description: Tells airplane and automobile apart\n" in readme


def test_the_stages_of_its_network_can_be_seen(trained, photos, tmp_path):
    runs, models = trained.parents[1], tmp_path / "models"
    path = export(ExportConfig("features", photos=NAME, runs_dir=runs, models_dir=models, data_dir=tmp_path))
    assert path.name == f"features_{NAME}.onnx"
    assert f"Made by `python -m training folder PATH --name {NAME}` and `python -m export features {NAME}`." in (
        path.with_suffix(".md").read_text()
    )
    folder = ModelFolder(models)
    assert with_other_models(TABS, folder)[0].name == "feature_maps"
    (network,) = described(networks_of(folder))
    kinds = [layer["kind"] for layer in network["layers"]]
    assert kinds[-2:] == ["pooling", "dense"]
    known = kinds.index("block")  # behind a block nobody knows what a unit sees
    assert [layer["field"] is not None for layer in network["layers"]] == [place < known for place in range(len(kinds))]
    assert min(layer["multiplyAdds"] for layer in network["layers"] if layer["kind"] == "block") > 0
    model = load(path)
    maps = model.feature_maps((photos / "airplane" / "1.jpg").read_bytes()).feature_maps
    assert {name: shown.shape for name, shown in maps.items()} == {
        layer["id"]: tuple(layer["shape"]) for layer in network["layers"]
    }


def test_a_network_of_the_app_is_not_a_run(tmp_path):
    with pytest.raises(SettingError, match=r"'alexnet' is a network of the app\. Name it with --network alexnet\."):
        export(ExportConfig("features", photos="alexnet", models_dir=tmp_path))


def test_the_name_of_a_task_is_refused(photos, tmp_path, capsys):
    assert train(command(photos, tmp_path, "--name", "flowers")) == 2
    assert "--name is 'flowers', a name that a task's own model has." in capsys.readouterr().err
