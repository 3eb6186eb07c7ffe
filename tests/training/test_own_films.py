"""Films of one's own, from class folders or a CSV, and a clear sentence for each way to get them wrong."""

import shutil

import numpy as np
import pytest
from PIL import Image

from fovea import FoveaError, SettingError
from training.data.chest_xray import CLASSES, FilmChoice, chosen_films
from training.data.own_films import read_own_films


def film(path, number):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(number).integers(0, 256, (40, 32), dtype=np.uint8)
    Image.fromarray(pixels).save(path)


@pytest.fixture
def folder(tmp_path):
    """A folder of two films a class."""
    for number, name in enumerate(CLASSES * 2):
        film(tmp_path / "ward" / name / f"{number}.png", number)
    return tmp_path / "ward"


@pytest.fixture
def listed(folder):
    """A CSV that names the same films."""
    lines = ["file,label,patient,source,view"]
    lines += [f"{name}/{k}.png,{name},{k % 2},ward,AP" for k, name in enumerate(CLASSES * 2)]
    path = folder / "films.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_class_folders_give_films_with_a_patient_each(folder):
    films = read_own_films(folder)
    assert films.labels == ("normal", "normal", "pneumonia", "pneumonia", "covid19", "covid19")
    assert set(films.sources) == {"ward"}
    assert len(set(films.patients)) == 6
    assert films.photos.photo(0).size == (32, 40)


def test_a_csv_says_patient_source_and_view(listed):
    films = read_own_films(listed)
    assert films.patients == ("own-0", "own-1", "own-0", "own-1", "own-0", "own-1")
    assert (set(films.sources), set(films.views), set(films.ages)) == ({"ward"}, {"AP"}, {"unknown"})


def test_a_dicom_film_is_read_as_serving_reads_it(folder, listed):
    from pathlib import Path

    phantom = Path(__file__).parents[2] / "space" / "examples" / "chest_xray" / "phantom.dcm"
    shutil.copy(phantom, folder / "phantom.dcm")
    with listed.open("a") as file:
        file.write("phantom.dcm,normal,9,ward,PA\n")
    films = read_own_films(listed)
    assert len(films) == 7
    assert films.photos.photo(6).mode == "L"


def test_they_stand_beside_ours_or_in_their_place(folder, small_films_dir):
    alone = chosen_films(small_films_dir / "none", FilmChoice(films=folder, films_only=True))
    assert len(alone) == 6
    ours = chosen_films(small_films_dir, FilmChoice())
    both = chosen_films(small_films_dir, FilmChoice(films=folder))
    assert (len(both), both.names[-6:]) == (len(ours) + 6, alone.names)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda at: shutil.rmtree(at / "covid19"), r"ward has no folder covid19\. Make one for each class: normal,"),
        (lambda at: (at / "tb").mkdir(), r"has the unknown class folder tb\. Choose normal, pneumonia or covid19\."),
        (lambda at: (at / "normal" / "0.png").write_bytes(b"\x89PNG\r\n"), r"normal/0\.png: "),
        (lambda at: (at / "normal" / "notes.txt").write_text("a"), r"normal/notes\.txt: "),
        (lambda at: [path.unlink() for path in at.rglob("*.png")], r"ward names no films\. Add some"),
    ],
)
def test_what_is_wrong_with_a_folder_is_said(folder, wrong, sentence):
    wrong(folder)
    with pytest.raises(FoveaError, match=sentence):
        read_own_films(folder)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            "patient,",
            "",
            r"films\.csv has no column patient\. Its first line must name file, label, ",
        ),
        ("label,patient,source", "a,b,c", r"has no column label, patient and source\."),
        ("0.png,normal", "0.png,Normal", r"Line 2 of .*films\.csv has the unknown label 'Normal'\. Choose normal,"),
        ("normal/3.png", "normal/33.png", r"Line 5 of .* names normal/33\.png, which does not exist in "),
        ("pneumonia,1,ward", "pneumonia,,ward", r"Line 3 of .* has no patient\. Fill in every column: file,"),
    ],
)
def test_what_is_wrong_with_a_csv_is_said(listed, old, new, sentence):
    listed.write_text(listed.read_text().replace(old, new))
    with pytest.raises(FoveaError, match=sentence):
        read_own_films(listed)


def test_a_file_that_is_no_csv_is_said(listed):
    listed.write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(FoveaError, match=r"films\.csv is not a CSV file in UTF-8\."):
        read_own_films(listed)


def test_in_place_of_ours_every_class_is_needed(listed, tmp_path):
    kept = [line for line in listed.read_text().splitlines() if "covid19" not in line]
    listed.write_text("\n".join(kept) + "\n")
    assert len(read_own_films(listed)) == 4
    with pytest.raises(FoveaError, match=r"films\.csv has no films of the class covid19\. Add some, or leave out"):
        chosen_films(tmp_path, FilmChoice(films=listed, films_only=True))


def test_no_folder_and_no_films_are_said(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere does not exist\. Name a folder or a CSV file with --films\."):
        read_own_films(tmp_path / "nowhere")
    with pytest.raises(SettingError, match="--films-only needs films"):
        chosen_films(tmp_path, FilmChoice(films_only=True))
