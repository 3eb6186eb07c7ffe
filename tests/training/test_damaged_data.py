"""Data with gaps: no class vanishes, odd entries are named and counted, a damaged file is named."""

import io
import os
import shutil
import tarfile

import numpy as np
import pytest
import torch
from PIL import Image

from training.__main__ import main
from training.data import LabelledPixels, Splits
from training.data.archives import DamagedArchiveError, unpack
from training.data.chest_xray import load_films
from training.data.cifar10 import CLASSES, JPEG_ARCHIVE, load_cifar10
from training.data.classes import MissingClassError, require_images
from training.data.csv_rows import TableError
from training.data.flowers import load_flowers
from training.data.left_out import DamagedPhotoError
from training.data.mnist import load_mnist

NO_NETWORK = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")


def total(splits):
    return sum(map(len, (splits.train, splits.val, splits.test)))


@pytest.fixture
def flowers_copy(tiny_flowers_dir, tmp_path):
    return shutil.copytree(tiny_flowers_dir, tmp_path / "data")


@pytest.fixture
def no_network(monkeypatch):
    for name, value in NO_NETWORK.items():
        monkeypatch.setenv(name, value)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)


def test_photos_count_whatever_the_case_of_their_ending(flowers_copy, capsys):
    for path in (flowers_copy / "flower_photos" / "roses").iterdir():
        path.rename(path.with_suffix(".JPG"))
    for path in (flowers_copy / "flower_photos" / "tulips").iterdir():
        path.rename(path.with_suffix(".Jpeg"))
    assert total(load_flowers(flowers_copy)) == 100
    assert capsys.readouterr().err == ""


def empty(folder):
    for path in folder.iterdir():
        path.unlink()


def damage(folder):
    for path in folder.iterdir():
        path.write_bytes(b"")


@pytest.mark.parametrize("harm", [shutil.rmtree, empty, damage])
def test_a_class_without_photos_ends_the_run(flowers_copy, tmp_path, capsys, harm):
    harm(flowers_copy / "flower_photos" / "sunflowers")
    options = ("--weights", "none", "--data-dir", str(flowers_copy), "--runs-dir", str(tmp_path / "runs"))
    assert main(["flowers", *options]) == 2
    *_, line = capsys.readouterr().err.splitlines()
    assert line.startswith(f"{flowers_copy / 'flower_photos'} holds no photos of sunflowers.")


@pytest.fixture
def odd_flowers(flowers_copy):
    """Beside the 100 photos a broken link, a folder, a pipe, a name that is not UTF-8, a text and a hidden file."""
    daisy = flowers_copy / "flower_photos" / "daisy"
    (daisy / "broken.jpg").symlink_to(daisy / "nowhere.jpg")
    (daisy / "folder.jpg").mkdir()
    os.mkfifo(daisy / "pipe.jpg")
    shutil.copy(daisy / "daisy-0.jpg", os.fsencode(daisy) + b"/caf\xe9.jpg")
    (daisy / "text.jpg").write_text("no photo")
    (daisy / ".DS_Store").write_bytes(b"\0")
    return flowers_copy


def test_odd_entries_are_named_counted_and_left_out(odd_flowers, capsys):
    assert total(load_flowers(odd_flowers)) == 100
    said = capsys.readouterr().err
    for name, reason in (
        ("broken.jpg", "This link leads nowhere."),
        ("folder.jpg", "This is a folder."),
        ("pipe.jpg", "This is not a regular file."),
        ("caf\\xe9.jpg", "The name is not in UTF-8."),
        ("text.jpg", ""),
    ):
        assert f"daisy/{name}: {reason}" in said
    assert "5 of 105 photos cannot be used and are left out." in said
    assert ".DS_Store" not in said


def test_strict_ends_at_the_first_of_them(odd_flowers):
    with pytest.raises(DamagedPhotoError, match=r"broken\.jpg: This link leads nowhere\."):
        load_flowers(odd_flowers, strict=True)


def films_dir(folder, text, encoding):
    (folder / "chest_xray" / "normal").mkdir(parents=True)
    Image.fromarray(np.full((32, 32), 90, np.uint8)).save(folder / "chest_xray" / "normal" / "a.jpg")
    (folder / "chest_xray" / "metadata.csv").write_bytes(text.encode(encoding))
    return folder


TABLE = "file,label,patient_group,source\r\nnormal/a.jpg,normal,p1,here\r\nnormal/b.jpg,normal,p2,Aragón\r\n"


def test_a_table_with_a_byte_order_mark_is_read_and_a_missing_film_is_left_out(tmp_path, capsys):
    films = load_films(films_dir(tmp_path, TABLE, "utf-8-sig"))
    assert films.patients == ("p1",)
    said = capsys.readouterr().err
    assert "normal/b.jpg: The file does not exist." in said
    assert "1 of 2 films cannot be read and are left out." in said


@pytest.mark.parametrize(
    ("text", "encoding", "said"),
    [
        (TABLE, "latin-1", "is not a CSV file in UTF-8."),
        (TABLE.replace("patient_group", "patient"), "utf-8", "has no column patient_group."),
        (TABLE.replace("p2", ""), "utf-8", "Line 3 of .* has no patient_group."),
        (TABLE.splitlines()[0], "utf-8", "has no rows."),
    ],
)
def test_a_table_with_a_gap_is_refused_with_the_place(tmp_path, text, encoding, said):
    with pytest.raises(TableError, match=said):
        load_films(films_dir(tmp_path, text, encoding))


@pytest.mark.parametrize(
    "harm", [lambda whole: whole[: len(whole) // 2], lambda whole: whole[:10], lambda _: b"<html>"]
)
def test_a_damaged_archive_is_named_and_leaves_nothing(tiny_flowers_dir, tmp_path, harm):
    archive = tmp_path / "flower_photos.tgz"
    with tarfile.open(archive, "w:gz") as contents:
        contents.add(tiny_flowers_dir / "flower_photos", "flower_photos")
    archive.write_bytes(harm(archive.read_bytes()))
    with pytest.raises(DamagedArchiveError, match=r"flower_photos\.tgz is truncated or damaged\. Delete it"):
        load_flowers(tmp_path)
    assert list(tmp_path.iterdir()) == [archive]


def test_an_archive_of_something_else_is_named(tmp_path):
    with tarfile.open(tmp_path / "set.tgz", "w:gz") as contents:
        contents.addfile(tarfile.TarInfo("other/file"))
    with pytest.raises(DamagedArchiveError, match=r"set\.tgz holds no folder set\."):
        unpack(tmp_path / "set.tgz", tmp_path / "set")


def cifar_archive(folder, without="", odd=()):
    with tarfile.open(folder / JPEG_ARCHIVE, "w:gz") as archive:
        for part in ("train", "test"):
            for label, name in enumerate(CLASSES):
                stream = io.BytesIO()
                Image.fromarray(np.full((32, 32, 3), 10 * label, np.uint8)).save(stream, "JPEG")
                if f"{part}/{name}" != without:
                    add(archive, f"cifar10/{part}/{name}/0000.JPG", stream.getvalue())
        for name, content in odd:
            add(archive, name, content)
    return folder


def add(archive, name, content):
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))


def test_a_class_that_one_part_lacks_is_named(tmp_path):
    with pytest.raises(MissingClassError, match="has no image of frog in its part test"):
        load_cifar10(cifar_archive(tmp_path, without="test/frog"), val_share=0.2)


def test_odd_entries_of_the_small_images_are_left_out_or_end_a_strict_run(tmp_path, capsys):
    large = io.BytesIO()
    Image.new("RGB", (64, 64)).save(large, "JPEG")
    odd = (
        ("cifar10/train/frog/large.jpg", large.getvalue()),
        ("cifar10/train/frog/cut.jpg", b"\xff\xd8\xff"),
        ("cifar10/train/frogs/0001.jpg", b""),
        ("cifar10/README", b"read me"),
    )
    cifar_archive(tmp_path, odd=odd)
    assert total(load_cifar10(tmp_path, val_share=0.2)) == 20
    said = capsys.readouterr().err
    assert "large.jpg: The image is not 32 x 32 pixels in colour." in said
    assert "cut.jpg: The image is truncated or damaged." in said
    assert "frogs/0001.jpg: There is no class frogs." in said
    assert "3 of 23 images cannot be used and are left out." in said
    with pytest.raises(DamagedPhotoError, match=r"large\.jpg"):
        load_cifar10(tmp_path, val_share=0.2, strict=True)


def test_a_truncated_archive_of_small_images_is_named(tmp_path):
    archive = cifar_archive(tmp_path) / JPEG_ARCHIVE
    archive.write_bytes(archive.read_bytes()[:-400])
    with pytest.raises(DamagedArchiveError, match=r"cifar10_jpeg\.tgz is truncated or damaged"):
        load_cifar10(tmp_path, val_share=0.2)


@pytest.mark.parametrize("name", ["train-images-idx3-ubyte", "train-images-idx3-ubyte.gz"])
@pytest.mark.usefixtures("no_network")
def test_a_truncated_file_of_mnist_is_named(tmp_path, name):
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    (raw / name).write_bytes(b"\0" * 100)
    with pytest.raises(DamagedArchiveError, match=rf"{name} is truncated or damaged\. Delete it"):
        load_mnist(tmp_path, 0.1)


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize(
    ("load", "said"),
    [
        (load_flowers, r"cannot be reached \(.*\)\. Put flower_photos\.tgz into"),
        (lambda data_dir: load_mnist(data_dir, 0.1), r"MNIST cannot be downloaded\. Put train-images-idx3-ubyte\.gz"),
        (lambda data_dir: load_cifar10(data_dir, 0.1), r"Put cifar-10-python\.tar\.gz or cifar10_jpeg\.tgz into"),
    ],
)
def test_without_a_network_it_is_said_what_to_put_where(tmp_path, load, said):
    with pytest.raises(FileNotFoundError, match=said):
        load(tmp_path)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_an_empty_split_and_a_class_that_none_trains_on_are_named():
    images = LabelledPixels(torch.zeros(4, 2, 2, 1, dtype=torch.uint8), torch.tensor([0, 0, 2, 2]))
    with pytest.raises(MissingClassError, match="The training split has no image of b"):
        require_images(Splits(("a", "b", "c"), images, images, images))
    with pytest.raises(MissingClassError, match="The validation split has no images"):
        require_images(Splits(("a", "c"), images, images.first(0), images))
