"""Corrected labels: what radiologists said of a film decides, and no split tears a patient or a hospital."""

from collections import Counter

import pytest

from fovea import SettingError
from training.data.chest_xray import (
    BEFORE,
    FilmChoice,
    all_films,
    choice_of,
    chosen_and_others,
    chosen_films,
    grouped_folds,
    is_test,
    split_off_test,
)
from training.data.chest_xray_films import ARCHIVES
from training.data.chest_xray_folds import beside_fold, left_out, outside_test
from training.data.chest_xray_groups import joined_groups
from training.data.chest_xray_labels import RULES, LabelError, label_of, published_label
from training.data.chest_xray_rows import LATER, Row, read_rows
from training.data.chest_xray_sources import blocks, terms


def row(source, label, **more):
    return Row("chest_xray", f"{label}/{source}-00000.jpg", label, source, "p0", "adult", **more)


@pytest.mark.parametrize(
    ("film", "name", "certainty"),
    [
        (row("bimcv", "covid19", appearance="covid19"), "covid19", "read"),
        (row("bimcv", "covid19", appearance="negative"), "normal", "read"),
        (row("bimcv", "covid19", appearance="indeterminate"), "none", "read"),
        (row("bimcv", "covid19", appearance="atypical"), "none", "read"),
        (row("bimcv", "covid19"), "covid19", "test"),
        (row("siim", "negative", appearance="negative"), "normal", "read"),
        (row("siim", "atypical", appearance="atypical"), "none", "read"),
        (row("cxnet", "covid19"), "covid19", "published"),
        (row("kermany", "pneumonia"), "pneumonia", "published"),
        (row("rsna", "normal"), "normal", "read"),
        (row("rsna", "other_finding", rsna_class="No Lung Opacity / Not Normal"), "other_finding", "read"),
        (row("nih", "pneumonia", rsna_class="Lung Opacity"), "pneumonia", "read"),
        (row("nih", "pneumonia", rsna_class="No Lung Opacity / Not Normal"), "other_finding", "read"),
        (row("nih", "pneumonia", rsna_class="Normal"), "none", "read"),
        (row("nih", "pneumonia"), "pneumonia", "report"),
        (row("nih", "normal"), "normal", "report"),
        (row("nih", "normal", rsna_class="Normal"), "normal", "read"),
        (row("nih", "normal", rsna_class="Lung Opacity"), "none", "read"),
        (row("nih", "normal", rsna_class="No Lung Opacity / Not Normal"), "other_finding", "read"),
        (row("nih", "other_finding", rsna_class="Lung Opacity"), "pneumonia", "read"),
        (row("nih", "other_finding", findings=("Infiltration",)), "none", "report"),
        (row("nih", "other_finding", findings=("Hernia",)), "other_finding", "report"),
    ],
)
def test_the_label_is_what_was_seen_on_the_film(film, name, certainty):
    label = label_of(film)
    assert (label.name, label.certainty) == (name, certainty)
    assert label.is_unread == ((film.source, name, certainty) in {
        ("bimcv", "covid19", "test"), ("nih", "pneumonia", "report")
    })  # fmt: skip


def test_an_unknown_label_is_named():
    with pytest.raises(LabelError, match=r"has the unknown label 'cyst'. Choose normal, pneumonia or covid19."):
        published_label(row("elsewhere", "cyst"))


@pytest.fixture(scope="module")
def rows(films_dir):
    """The rows of both archives."""
    import tarfile

    for name in ARCHIVES:
        if not (films_dir / name).is_dir():
            with tarfile.open(films_dir / f"{name}.tgz") as archive:
                archive.extract(f"{name}/metadata.csv", films_dir / "lists", filter="data")
    folders = [films_dir if (films_dir / name).is_dir() else films_dir / "lists" for name in ARCHIVES]
    later = [films_dir / name for name in LATER]
    return read_rows(folders[0] / ARCHIVES[0], later) + read_rows(folders[1] / ARCHIVES[1])


def test_each_rule_decides_as_many_films_as_it_says(rows):
    found = Counter(next((n for n, rule in enumerate(RULES) if rule.applies(row)), None) for row in rows)
    assert [found[number] for number in range(len(RULES))] == [rule.films for rule in RULES]
    assert len(rows) == 7371 + 6868


def test_films_of_one_nih_patient_are_one_group_whatever_the_collection(rows):
    groups = joined_groups(rows)
    of_patient = {}
    for one, group in zip(rows, groups, strict=True):
        if one.nih_patient:
            of_patient.setdefault(one.nih_patient, set()).add(group)
    assert {len(found) for found in of_patient.values()} == {1}
    both = {one.nih_patient for one in rows if one.archive == "chest_xray" and one.nih_patient} & {
        one.nih_patient for one in rows if one.archive == "chest_xray_more"
    }
    assert len(both) == 141
    old = [(one, group) for one, group in zip(rows, groups, strict=True) if one.archive == "chest_xray"]
    assert all(one.patient == group for one, group in old)  # so the old test fold stays as it was


def test_near_duplicates_join_patients_in_a_chain():
    chain = [
        row("nih", "normal", nih_image="00000001_000.png"),
        row("rsna", "normal", nih_image="00000001_003.png"),
        row("nih", "normal", nih_image="00000002_000.png"),
    ]
    from dataclasses import replace

    names = ("a", "b", "b")
    chain = [replace(one, patient=name) for one, name in zip(chain, names, strict=True)]
    assert joined_groups(chain) == ["a", "a", "a"]


@pytest.fixture(scope="module")
def chosen(small_films_dir):
    return all_films(small_films_dir, ARCHIVES, "corrected")


def test_siim_and_bimcv_are_never_on_opposite_sides(chosen):
    assert {"siim", "bimcv"} <= set(chosen.sources)
    rest, test = split_off_test(chosen)
    parts = [(rest, test), *((rest.take(train), rest.take(val)) for train, val in grouped_folds(rest, 5))]
    for train, held in parts:
        assert "siim" in held.sources
        assert not {"siim", "bimcv"} <= set(train.sources) | set(held.sources)
        assert not set(train.patients) & set(held.patients)
    for block in blocks(chosen.sources):
        train, held = (chosen.take(part) for part in left_out(chosen, block))
        assert ("siim" in held.sources) == ("bimcv" in held.sources)
        assert not {"siim", "bimcv"} & set(train.sources) or not {"siim", "bimcv"} & set(held.sources)
        assert not set(train.patients) & set(held.patients)
    with pytest.raises(ValueError, match="Leave out bimcv and siim together"):
        left_out(chosen, ["siim"])


def test_each_hospital_alone_is_split_by_its_patients(chosen):
    bimcv = chosen.where(sources=["bimcv"])
    rest, test = split_off_test(bimcv)
    assert len(rest) + len(test) == len(bimcv)
    assert all(is_test(patient) for patient in test.patients)
    assert not any(is_test(patient) for patient in outside_test(chosen).patients)


def test_unread_films_are_left_out_or_kept(small_films_dir):
    counts = {}
    for unread in ("leave-out", "keep"):
        films = chosen_films(small_films_dir, FilmChoice(unread=unread))
        counts[unread] = Counter(films.sources)
        assert set(films.labels) == {"normal", "pneumonia", "covid19"}
        assert any(films.is_unread) == (unread == "keep")
    assert counts["keep"]["bimcv"] > 2 * counts["leave-out"]["bimcv"] > 0
    assert counts["keep"]["rsna"] == counts["leave-out"]["rsna"]


def test_runs_before_there_was_a_choice_have_the_films_that_they_had(small_films_dir, small_films):
    assert choice_of({"folds": 5}) == BEFORE
    films = chosen_films(small_films_dir, BEFORE)
    assert (films.names, films.patients, films.labels) == (small_films.names, small_films.patients, small_films.labels)


def test_only_the_sources_that_are_asked_for(small_films_dir):
    films = chosen_films(small_films_dir, FilmChoice(sources=("rsna", "siim")))
    assert set(films.sources) == {"rsna", "siim"}
    with pytest.raises(SettingError, match=r"no film of the source nowhere. Choose bimcv, rsna, nih or kermany."):
        chosen_films(small_films_dir, FilmChoice(archives=("chest_xray",), sources=("nowhere",)))
    with pytest.raises(SettingError, match=r"There is no archive more. Choose chest_xray or chest_xray_more."):
        chosen_films(small_films_dir, FilmChoice(archives=("more",)))


def test_views_and_ages_of_old_nih_films_come_from_the_list(chosen):
    old = chosen.take([i for i in chosen.indices(sources=["nih"]) if chosen.archives[i] == "chest_xray"])
    assert set(old.views) == {"PA", "AP"}
    assert set(old.ages) == {"child", "adult"}


def test_a_missing_list_of_labels_is_named(small_films_dir, tmp_path):
    for name in ARCHIVES:
        (tmp_path / name).symlink_to(small_films_dir / name)
    with pytest.raises(FileNotFoundError, match=r"chest_xray_labels_nih\.csv is missing.*--labels published"):
        chosen_films(tmp_path, FilmChoice())
    assert len(chosen_films(tmp_path, FilmChoice(labels="published")))


def test_the_terms_of_every_source_are_said():
    assert terms(["kermany", "ours"]) == "Kermany 2018: CC BY 4.0. ours: as their owner states it."


def test_films_with_another_finding_are_beside_the_fold_of_their_patient(small_films_dir):
    films, others = chosen_and_others(small_films_dir, FilmChoice())
    assert set(others.labels) == {"other_finding"}
    assert "other_finding" not in films.labels
    rest, _ = split_off_test(films)
    validated = set()
    for number, fold in enumerate(grouped_folds(rest, 5)):
        train, val = (rest.take(part) for part in fold)
        trained, held = beside_fold(others, train, val, number, 5)
        assert not set(trained.patients) & {*held.patients, *val.patients}
        assert not set(held.patients) & set(train.patients)
        assert len(trained) + len(held) == len(outside_test(others)) < len(others)
        validated |= set(held.names)
    assert validated == set(outside_test(others).names)  # each is beside the validation films of one fold


def test_films_with_another_finding_can_be_left_out(small_films_dir):
    films, others = chosen_and_others(small_films_dir, FilmChoice(other_findings=False))
    assert len(others) == 0
    assert films.names == chosen_films(small_films_dir, FilmChoice()).names
    of_rsna = chosen_and_others(small_films_dir, FilmChoice(sources=("rsna", "siim")))[1]
    assert set(of_rsna.sources) == {"rsna"}
