"""Chest films: no patient in two folds, classes and sources spread and balanced, damage named."""

import shutil
from collections import Counter
from dataclasses import replace

import pytest
from made_films import films_of

from training.data.chest_xray import CLASSES, MAX_REPEATS, balanced, grouped_folds, is_test, load_films, split_off_test


def test_the_set_is_what_its_metadata_says(films):
    assert len(films) == 7371
    assert Counter(films.labels) == {"normal": 3564, "pneumonia": 2142, "covid19": 1665}
    assert {source for label, source in films.cells if label == "covid19"} == {"bimcv"}
    assert films.photos.photo(0).mode == "L"


def test_the_test_fold_is_fixed_by_the_patients_sha1():
    assert [number for number in range(8) if is_test(f"p{number:05}")] == [3]


def test_no_patient_is_in_test_and_training(films):
    rest, test = split_off_test(films)
    assert len(rest) + len(test) == len(films)
    assert not set(rest.patients) & set(test.patients)
    assert 0.17 < len(test) / len(films) < 0.23


def test_no_patient_is_in_two_folds_and_each_fold_has_all_cells(films):
    rest, _ = split_off_test(films)
    seen = []
    for train, val in grouped_folds(rest, 5):
        assert not {rest.patients[i] for i in train} & {rest.patients[i] for i in val}
        assert set(rest.take(val).cells) == set(films.cells)
        seen += val
    assert sorted(seen) == list(range(len(rest)))


def test_balancing_repeats_the_small_cells_and_leaves_no_film_out(films):
    before = Counter(films.cells)
    even = balanced(films)
    after = Counter(even.cells)
    assert set(even.photos.paths) == set(films.photos.paths)
    assert after["normal", "nih"] == pytest.approx(after["normal", "kermany"], rel=0.01)
    sums = [sum(n for (label, _), n in after.items() if label == name) for name in CLASSES]
    assert max(sums) / min(sums) < 1.01
    assert all(after[cell] <= MAX_REPEATS * before[cell] for cell in before)


def test_by_view_each_view_of_a_source_is_balanced_by_itself():
    labels = [0] * 60 + [1] * 20
    films = films_of(labels, [str(n) for n in range(80)], source="rsna")
    views = ["PA"] * 50 + ["AP"] * 10 + ["PA"] * 5 + ["AP"] * 15
    films = replace(films, known=tuple(replace(film, view=view) for film, view in zip(films.known, views, strict=True)))
    plain, by_view = balanced(films), balanced(films, by_view=True)
    assert Counter(zip(plain.labels, plain.views, strict=True))["pneumonia", "AP"] == 45
    seen = Counter(zip(by_view.labels, by_view.views, strict=True))
    assert (seen["normal", "PA"], seen["normal", "AP"]) == (50, 50)
    assert seen["pneumonia", "PA"] == 30  # each film six times, the most
    assert seen["pneumonia", "AP"] > 45


def test_a_film_that_cannot_be_read_is_named_and_left_out(films, tmp_path, capsys):
    folder = tmp_path / "chest_xray"
    chosen = films.photos.paths[::500]
    for path in chosen:
        (folder / path.parent.name).mkdir(parents=True, exist_ok=True)
        shutil.copy(path, folder / path.parent.name / path.name)
    names = [f"{path.parent.name}/{path.name}" for path in chosen]
    lines = [f"{name},{name.split('/')[0]},p{number},here" for number, name in enumerate(names)]
    (folder / "metadata.csv").write_text("\n".join(["file,label,patient_group,source", *lines]))
    (folder / names[2]).write_bytes(b"\xff\xd8\xff")
    loaded = load_films(tmp_path)
    assert len(loaded) == len(chosen) - 1
    assert "p2" not in loaded.patients
    said = capsys.readouterr().err
    assert names[2] in said
    assert f"1 of {len(chosen)} films cannot be read" in said


def test_a_missing_set_says_what_to_put_where(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"chest_xray\.tgz is missing .* Put an archive there with"):
        load_films(tmp_path)
