"""flower_photos: the split that everyone has, and files that cannot be read."""

import shutil

import pytest
from PIL import Image

from training.data.flowers import CLASSES, fold, load_flowers
from training.data.near_duplicates import near_duplicates
from training.data.photos import DamagedPhotoError, read_photos


def test_the_fold_of_a_name_is_its_sha1_modulo_ten():
    # printf 5547758_eea9edfd54_n.jpg | sha1sum
    assert fold("5547758_eea9edfd54_n.jpg") == 5
    assert {fold(f"{number}.jpg") for number in range(200)} == set(range(10))


def test_every_photo_is_in_the_split_that_its_name_says(flowers):
    assert (len(flowers.train), len(flowers.val), len(flowers.test)) == (2936, 339, 395)
    assert flowers.classes == CLASSES
    assert {fold(path.name) for path in flowers.test.paths} == {0}
    assert {fold(path.name) for path in flowers.val.paths} == {1}
    assert {fold(path.name) for path in flowers.train.paths} == set(range(2, 10))


def test_labels_follow_the_folders(flowers):
    for path, label in list(zip(flowers.val.paths, flowers.val.labels.tolist(), strict=True))[::20]:
        assert CLASSES[label] == path.parent.name


@pytest.fixture
def damaged_dir(flowers, tmp_path):
    """Thirty photos, one of them cut short and one empty."""
    for name in CLASSES:
        (tmp_path / "flower_photos" / name).mkdir(parents=True)
    for path in flowers.train.paths[::100]:
        shutil.copy(path, tmp_path / "flower_photos" / path.parent.name / path.name)
    whole = flowers.train.paths[0].read_bytes()
    (tmp_path / "flower_photos" / "daisy" / "cut.jpg").write_bytes(whole[:2000])
    (tmp_path / "flower_photos" / "tulips" / "empty.jpg").write_bytes(b"")
    return tmp_path


def test_photos_that_cannot_be_read_are_named_counted_and_left_out(damaged_dir, capsys):
    splits = load_flowers(damaged_dir)
    assert sum(map(len, (splits.train, splits.val, splits.test))) == 30
    said = capsys.readouterr().err
    assert "daisy/cut.jpg: The JPEG file is truncated: some of its scans are missing." in said
    assert "tulips/empty.jpg: The file is empty (0 bytes)." in said
    assert "2 of 32 photos cannot be used and are left out." in said


def test_strict_stops_at_the_first_of_them(damaged_dir):
    with pytest.raises(DamagedPhotoError, match=r"daisy/cut\.jpg"):
        load_flowers(damaged_dir, strict=True)


def test_a_recompressed_copy_is_a_near_duplicate_and_another_photo_is_not(flowers, tmp_path):
    held_out = flowers.test.take([0, 100, 200])
    Image.open(held_out.paths[1]).resize((180, 150)).save(tmp_path / "copy.jpg", quality=60)
    train, _ = read_photos([tmp_path / "copy.jpg", *flowers.train.paths[:20]], [0] * 21, strict=True)
    found = near_duplicates(held_out, train)
    assert found.pairs == ((str(held_out.paths[1]), str(tmp_path / "copy.jpg")),)
    assert found.count == 1


def test_a_folder_without_photos_is_refused(tmp_path):
    (tmp_path / "flower_photos").mkdir()
    with pytest.raises(FileNotFoundError, match="holds no photos"):
        load_flowers(tmp_path)
