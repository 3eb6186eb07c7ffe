"""Chest radiographs: normal, pneumonia, COVID-19; from public collections, grouped by patient.

`chest_xray.tgz` holds `chest_xray/metadata.csv` (file, label, patient_group, source, age_group, nih_image) and the
films, square and grey: normal films of Kermany 2018 (children), RSNA 2018 and NIH ChestX-ray14, pneumonia of Kermany
and NIH, COVID-19 of BIMCV. `chest_xray_more.tgz` holds the first sources with two classes of adults each: no pneumonia
and typical COVID-19 of SIIM-FISABIO-RSNA, normal and pneumonia of RSNA, beside films of NIH and COVID-CXNet, with view
and findings. What radiologists said later of the films of the first lies in two CSV files beside the archives.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from fovea import SettingError
from fovea.listing import all_of, either
from training.data.archives import unpack
from training.data.chest_xray_balance import MAX_REPEATS, balanced
from training.data.chest_xray_films import ARCHIVES, FILM_PX, Film, Films
from training.data.chest_xray_folds import FOLD_SEED, grouped_folds, is_test, split_off_test
from training.data.chest_xray_groups import joined_groups
from training.data.chest_xray_labels import CLASSES, LABELS, OTHER_FINDING, Label, label_of, published_label
from training.data.chest_xray_rows import LATER, Row, read_rows
from training.data.chest_xray_sources import SOURCES, Source
from training.data.own_films import read_own_films
from training.data.photos import read_photos

__all__ = [
    "BEFORE", "CLASSES", "FILM_PX", "FOLD_SEED", "MAX_REPEATS", "OTHER_FINDING", "SETS", "SOURCES", "Film",
    "FilmChoice", "Films", "Labels", "Source", "Unread", "all_films", "balanced", "choice_of", "chosen_and_others",
    "chosen_films", "grouped_folds", "is_test", "judged", "load_films", "split_off_test",
]  # fmt: skip

# name of the set, what it is for
SETS = {
    "chest_xray": "training, validation and test",
    "chest_xray_more": "training, validation and test",
    "chest_xray_external": "films of other hospitals, for the last evaluation alone",
    "darkcovidnet": "the films of Ozturk et al. 2020, to repeat their protocol",
}
Labels = Literal["corrected", "published"]
Unread = Literal["leave-out", "clean", "keep"]


@dataclass(frozen=True)
class FilmChoice:
    """Which films a network learns from; the rules of their labels are those of chest_xray_labels."""

    archives: tuple[str, ...] = ARCHIVES
    """sets of films in DATA_DIR"""
    labels: Labels = "corrected"
    """corrected by what radiologists saw on the films, or as published"""
    unread: Unread = "leave-out"
    """films called diseased by a test or a report alone (clean: keep those on which a classifier sees it)"""
    sources: tuple[str, ...] = ()
    """use the films of these sources alone (default: all)"""
    other_findings: bool = True
    """train on our films with other findings too, so that the model can say when a film shows something else"""
    films: Path | None = None
    """films of your own: a folder of folders (normal, pneumonia, covid19) or a CSV (file, label, patient, source)"""
    films_only: bool = False
    """use your own films in place of ours"""


BEFORE = FilmChoice(archives=("chest_xray",), labels="published", unread="keep", other_findings=False)


def choice_of(settings: Mapping[str, Any]) -> FilmChoice:
    """The choice in a run's stored settings; those of runs before there was one are BEFORE."""
    stored = {name: settings.get(name, value) for name, value in vars(BEFORE).items()}
    many = {name: tuple(stored[name]) for name in ("archives", "sources")}
    return FilmChoice(**(stored | many | {"films": stored["films"] and Path(stored["films"])}))


def chosen_films(data_dir: Path, choice: FilmChoice, *, strict: bool = False) -> Films:
    """Those of the classes that `chosen_and_others` gives."""
    return chosen_and_others(data_dir, choice, strict=strict)[0]


def chosen_and_others(data_dir: Path, choice: FilmChoice, *, strict: bool = False) -> tuple[Films, Films]:
    """The films of the three classes that `choice` names, in the order of archives and of their metadata.

    Then those of ours that show another finding, none where the choice leaves them out.

    Raises:
        FileNotFoundError: an archive, or a file of corrected labels, is missing.
        FilmListError: the user's own films are not as they must be.
        SettingError: an unknown source or archive, or --films-only without --films.
        DamagedPhotoError: an unreadable film, if `strict`, or one of the user's own.
    """
    if choice.films_only and choice.films is None:
        raise SettingError("--films-only needs films. Name a folder or a CSV file with --films.")
    ours = None if choice.films_only else all_films(data_dir, choice.archives, choice.labels, strict=strict)
    films = ours if ours is None or choice.films is None else ours.joined(read_own_films(choice.films))
    films = films or read_own_films(choice.films or Path(), needs_every_class=True)
    unknown = sorted(set(choice.sources) - set(films.sources))
    if unknown:
        present = either(dict.fromkeys(films.sources))
        raise SettingError(f"There is no film of the source {all_of(unknown)}. Choose {present}.")
    films = films.where(sources=choice.sources or films.sources)
    others = films.where(labels=[OTHER_FINDING] if choice.other_findings else [])
    films = films.where(labels=CLASSES)
    if choice.unread == "leave-out" and choice.labels == "corrected":
        films = judged(films, choice)
    return films, others


def judged(films: Films, choice: FilmChoice) -> Films:
    """Films that a figure may rest on: with corrected labels, without those that no radiologist was asked about."""
    if choice.labels == "published":
        return films
    return films.take([index for index, is_unread in enumerate(films.is_unread) if not is_unread])


def all_films(data_dir: Path, archives: Sequence[str], labels: Labels, *, strict: bool = False) -> Films:
    """Every film of the archives with a label of LABELS, those of no class included; one patient in one group."""
    unknown = sorted(set(archives) - set(ARCHIVES))
    if unknown:
        raise SettingError(f"There is no archive {all_of(unknown)}. Choose {either(ARCHIVES)}.")
    folders = [_unpacked(data_dir, name) for name in ARCHIVES if name in archives]
    later = [data_dir / name for name in LATER] if labels == "corrected" else []
    rows = [row for folder in folders for row in read_rows(folder, later if folder.name == ARCHIVES[0] else ())]
    groups = joined_groups(rows)
    rows = [replace(row, patient=group) for row, group in zip(rows, groups, strict=True)]
    found = [label_of(row) if labels == "corrected" else published_label(row) for row in rows]
    return _read(data_dir, rows, found, strict=strict)


def load_films(data_dir: Path, name: str = "chest_xray", *, strict: bool = False) -> Films:
    """The films of one of SETS as published. Those that cannot be read are named on standard error and left out.

    `data_dir`/NAME is used as it is; else NAME.tgz in `data_dir` is unpacked. Raises FileNotFoundError where neither is
    there, DamagedPhotoError at an unreadable film if `strict`.
    """
    rows = read_rows(_unpacked(data_dir, name))
    return _read(data_dir, rows, [published_label(row) for row in rows], strict=strict)


def _read(data_dir: Path, rows: Sequence[Row], labels: Sequence[Label], *, strict: bool) -> Films:
    paths = [data_dir / row.archive / row.file for row in rows]
    numbers = [LABELS.index(label.name) for label in labels]
    photos, skipped = read_photos(paths, numbers, strict=strict, channels=1)
    for sentence in skipped:
        print(sentence, file=sys.stderr)
    if skipped:
        print(f"{len(skipped)} of {len(paths):,} films cannot be read and are left out.", file=sys.stderr)
    known = {path: _film(row, label) for path, row, label in zip(paths, rows, labels, strict=True)}
    return Films(photos, tuple(known[path] for path in photos.paths))


def _film(row: Row, label: Label) -> Film:
    return Film(
        patient=row.patient,
        source=row.source,
        age=row.age,
        view=row.view or "unknown",
        findings=row.findings,
        certainty=label.certainty,
        reason=label.reason,
        published=published_label(row).name,
    )


def _unpacked(data_dir: Path, name: str) -> Path:
    folder, archive = data_dir / name, data_dir / f"{name}.tgz"
    if folder.is_dir():
        return folder
    if not archive.is_file():
        raise FileNotFoundError(
            f"{archive} is missing ({SETS[name]}). It has no public home. Put an archive there "
            f"with {name}/metadata.csv (file, label, patient_group, source, age_group) and the films that it names."
        )
    unpack(archive, folder)
    return folder
