"""Photos of one's own: what is listed, and how it is split."""

import numpy as np
import pytest
from PIL import Image

from fovea import FoveaError
from training.__main__ import main
from training.data.near_duplicates import MAX_DISTANCE, alike
from training.data.own_photos import list_photos, read_own_photos
from training.data.own_split import OwnSplit, joined, require_sides, sides
from training.data.spread import evenly
from training.label_doubts import label_doubts
from training.photo_defaults import settings_for
from training.photo_findings import names_of


@pytest.fixture
def folder(tmp_path):
    """Two classes of two photos of noise, of which no two look alike."""
    random = np.random.default_rng(0)
    for name in ("cat/1.jpg", "cat/deep/2.JPG", "dog/1.jpg", "dog/2.jpg", "dog/.hidden"):
        path = tmp_path / "pets" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(random.integers(0, 256, (32, 32, 3), np.uint8)).save(path, "JPEG")
    return tmp_path / "pets"


def test_every_file_of_a_class_folder_is_listed_at_any_depth(folder):
    listed = [(one.path.name, one.label, one.group) for one in list_photos(folder)]
    assert listed == [
        ("1.jpg", "cat", "cat/1.jpg"),
        ("2.JPG", "cat", "cat/deep/2.JPG"),
        ("1.jpg", "dog", "dog/1.jpg"),
        ("2.jpg", "dog", "dog/2.jpg"),
    ]


def test_a_csv_may_name_groups(folder):
    path = folder / "pets.csv"
    path.write_text("\ufefffile,label,group\ncat/1.jpg,cat,Tom\ndog/1.jpg,dog,\ndog/2.jpg,dog,Rex\n", encoding="utf-8")
    assert [(one.label, one.group) for one in list_photos(path)] == [
        ("cat", "Tom"),
        ("dog", "dog/1.jpg"),
        ("dog", "Rex"),
    ]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda at: (at / "bird").mkdir(), r"bird holds no photos\. Add some, or delete it\."),
        (lambda at: (at / "dog").rename(at.parent / "dog"), r"pets has only the class cat\. Put the photos of each"),
        (
            lambda at: [(at / "cat").rename(at / "train"), (at / "dog").rename(at / "Test")],
            r"are splits, Test and train, and no classes\. Name one of them",
        ),
    ],
)
def test_what_is_wrong_with_a_folder_is_said(folder, wrong, sentence):
    wrong(folder)
    with pytest.raises(FoveaError, match=sentence):
        list_photos(folder)


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ("cat/1.jpg,cat\ncat/1.jpg,dog\n", r"Line 3 of .* names cat/1\.jpg, as line 2 did\. Name each file once\."),
    ],
)
def test_what_is_wrong_with_a_csv_is_said(folder, rows, sentence):
    path = folder / "pets.csv"
    path.write_text(f"file,label\n{rows}")
    with pytest.raises(FoveaError, match=sentence):
        list_photos(path)


def test_a_list_of_a_spreadsheet_is_read(folder):
    path = folder / "pets.csv"
    path.write_text("File; Label ; Group;age\ncat/1.jpg;cat;Tom;3\ndog/1.jpg;dog;;4\n")
    assert [(one.label, one.group) for one in list_photos(path)] == [("cat", "Tom"), ("dog", "dog/1.jpg")]
    assert read_own_photos(list_photos(path), path).unused_columns == ("age",)


def test_what_is_no_photo_of_a_class_is_named_and_counted(folder, tmp_path):
    (folder / "loose.jpg").write_bytes((folder / "cat" / "1.jpg").read_bytes())
    (folder / "lost").symlink_to(tmp_path / "nowhere")
    (folder / "cat" / "more").symlink_to(folder / "dog")
    (folder / "labels.csv").write_text("file,label\n")
    found = read_own_photos(list_photos(folder), folder)
    assert [sentence.removeprefix(f"{folder}/") for sentence in found.left_out] == [
        "cat/more: This is a folder.",
        "loose.jpg: It lies beside the class folders, so it has no class.",
        "lost: This link leads nowhere.",
    ]


def test_a_file_that_a_list_names_in_vain_is_left_out(folder):
    path = folder / "pets.csv"
    path.write_text("file,label\ncat/1.jpg,cat\ncat/9.jpg,cat\ndog/1.jpg,dog\n")
    found = read_own_photos(list_photos(path), path)
    assert (len(found.photos), found.left_out) == (2, (f"{folder}/cat/9.jpg: The file does not exist.",))


def test_no_photos_and_no_place_are_said(tmp_path, capsys):
    assert main(["folder"]) == 2
    assert main(["folder", str(tmp_path / "nowhere")]) == 2
    said = capsys.readouterr().err.splitlines()
    assert said[0].startswith("Name your photos, a folder of class folders or a CSV file:")
    assert said[1].endswith("nowhere does not exist. Name a folder of class folders, or a CSV file.")


def test_each_class_is_on_every_side_and_no_group_on_two():
    labels = [0] * 100 + [1] * 10 + [2] * 3
    groups = [f"series {number // 5}" for number in range(100)] + [f"photo {number}" for number in range(13)]
    found = sides(labels, groups)
    assert {(label, side) for label, side in zip(labels, found, strict=True)} == {
        (label, side) for label in range(3) for side in ("train", "val", "test")
    }
    assert len(set(zip(groups, found, strict=True))) == len(set(groups))
    assert [found[:100].count(side) for side in ("train", "val", "test")] == [70, 15, 15]


def test_a_class_of_two_groups_only_trains():
    assert sides([0, 0, 0, 0], ["one", "one", "two", "two"]) == ["train"] * 4


def test_photos_that_all_belong_together_cannot_be_split(folder):
    path = folder / "pets.csv"
    path.write_text("file,label,group\ncat/1.jpg,cat,Tom\ndog/1.jpg,dog,Tom\n")
    with pytest.raises(FoveaError, match=r"No photo is left for the test and validation\. .* 2 of 2 into one group"):
        require_sides(OwnSplit(read_own_photos(list_photos(path), path)))


def test_groups_join_in_a_chain():
    assert joined(["a", "b", "c", "d"], np.array([[1, 2], [0, 1]])) == ["a", "a", "a", "d"]


def test_every_pair_that_looks_alike_is_found_and_no_other():
    random = np.random.default_rng(0)
    hashes = random.integers(0, 2**64, 2000, dtype=np.uint64)
    for place in range(0, 1000, 2):  # its neighbour is 0 to 9 bits away
        bits = random.choice(64, place // 2 % 10, replace=False)
        hashes[place + 1] = hashes[place] ^ np.bitwise_or.reduce(np.uint64(1) << bits.astype(np.uint64), initial=0)
    distances = np.bitwise_count(hashes[:, np.newaxis] ^ hashes)
    expected = [[row, column] for row, column in np.argwhere(distances <= MAX_DISTANCE).tolist() if row < column]
    assert alike(hashes.tolist()).tolist() == expected
    assert len(expected) >= 350


def test_frames_of_one_scene_are_as_many_pairs_as_frames():
    assert alike([5, 2**64 - 1, 5, 5]).tolist() == [[0, 2], [0, 3]]


def test_a_class_of_one_group_is_not_judged():
    features = np.random.default_rng(0).normal(size=(40, 8)).astype(np.float32)
    labels = np.array([0] * 39 + [1])
    found = label_doubts(features, labels, [str(number) for number in range(40)])
    assert (found.n, found.suspected) == (32, 0)  # one fold of 8 would train on one class alone


def test_a_photo_elsewhere_is_named_by_its_path(folder, tmp_path):
    other = tmp_path / "elsewhere" / "2.jpg"
    other.parent.mkdir()
    other.write_bytes((folder / "cat" / "1.jpg").read_bytes())
    path = folder / "pets.csv"
    path.write_text(f"file,label\ncat/1.jpg,cat\n{other},cat\ndog/1.jpg,dog\n")
    split = OwnSplit(read_own_photos(list_photos(path), path))
    assert names_of(split, [0, 1]) == ["cat/1.jpg", other.as_posix()]


def test_doubts_of_a_sample_are_told_by_their_places_in_the_whole():
    labels = np.arange(60) % 2
    features = (np.random.default_rng(0).normal(size=(60, 8)) + 4 * labels[:, None]).astype(np.float32)
    labels[7] = 0
    places = evenly(600, 60)
    doubts = label_doubts(features, labels, [str(index) for index in range(60)]).at(places)
    assert (doubts.n, doubts.doubts[0].index) == (60, 70)


def test_a_wrong_label_is_the_first_doubt():
    random = np.random.default_rng(0)
    labels = np.arange(60) % 2
    features = (random.normal(size=(60, 8)) + 4 * labels[:, None]).astype(np.float32)
    labels[7] = 1 - labels[7]
    found = label_doubts(features, labels, [str(number) for number in range(60)])
    assert (found.doubts[0].index, found.doubts[0].given, found.doubts[0].likely) == (7, 0, 1)
    assert found.doubts[0].is_suspected
    assert found.accuracy == 59 / 60


def test_few_photos_leave_the_backbone_as_it_is(tmp_path):
    few, many = ([tmp_path / f"{number}.jpg" for number in range(count)] for count in (100, 300))
    assert settings_for(few, "inception_v3", "hub")["tune_epochs"] == 0
    assert settings_for(many, "inception_v3", "hub")["tune_epochs"] == 8
    assert settings_for(many, "vgg16", "hub")["size"] == 224
    assert settings_for(many, "inception_v3", "none")["tune_from"] == "Conv2d_1a_3x3"
