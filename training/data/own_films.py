"""Films of one's own: a folder of class folders, or a CSV file with label, patient and source of each film."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fovea import FoveaError
from fovea.listing import all_of, either
from training.data.chest_xray_films import Film, Films
from training.data.chest_xray_labels import CLASSES, LABELS
from training.data.csv_rows import read_rows
from training.data.photos import read_photos

COLUMNS = ("file", "label", "patient", "source")
OPTIONAL = ("view", "age_group")


class FilmListError(FoveaError):
    """The folder or the CSV file does not describe films as it should. The message names the place."""


@dataclass(frozen=True)
class Listed:
    """One film: where it lies, and what the list says of it."""

    path: Path
    label: str
    film: Film


def read_own_films(path: Path, *, needs_every_class: bool = False) -> Films:
    """The films of a folder with the folders normal, pneumonia and covid19, or of a CSV file with COLUMNS.

    Files are PNG, JPEG, WebP, TIFF or DICOM; a CSV names them from its own folder, and may have OPTIONAL columns. In a
    folder each film counts as a patient of its own, and the folder's name is the source. Patients of other films never
    join: the names get "own-" in front.

    Raises:
        FileNotFoundError: no such folder or file.
        TableError: the file is no CSV, lacks a column, or a line has no value in one.
        FilmListError: a class folder, a class or a file is missing, or a label is unknown.
        DamagedPhotoError: a film cannot be read.
    """
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist. Name a folder or a CSV file with --films.")
    listed = _of_folder(path) if path.is_dir() else _of_csv(path)
    if not listed:
        raise FilmListError(f"{path} names no films. Add some for each class: {all_of(CLASSES)}.")
    missing = [name for name in CLASSES if name not in {one.label for one in listed}]
    if needs_every_class and missing:
        raise FilmListError(
            f"{path} has no films of the class {all_of(missing)}. Add some, or leave out --films-only to train with "
            "ours beside them."
        )
    numbers = [LABELS.index(one.label) for one in listed]
    photos, _ = read_photos([one.path for one in listed], numbers, strict=True, channels=1)
    return Films(photos, tuple(one.film for one in listed))


def _of_folder(folder: Path) -> list[Listed]:
    missing = [name for name in CLASSES if not (folder / name).is_dir()]
    if missing:
        raise FilmListError(
            f"{folder} has no folder {all_of(missing)}. Make one for each class: {all_of(CLASSES)}. A folder may be "
            "empty."
        )
    unknown = [entry.name for entry in sorted(folder.iterdir()) if entry.is_dir() and entry.name not in CLASSES]
    if unknown:
        raise FilmListError(f"{folder} has the unknown class folder {unknown[0]}. Choose {either(CLASSES)}.")
    listed = []
    for label in CLASSES:
        for path in sorted((folder / label).rglob("*")):
            if not path.is_dir() and not path.name.startswith("."):
                name = path.relative_to(folder).as_posix()
                listed.append(Listed(path, label, Film(f"own-{folder.name}/{name}", folder.resolve().name)))
    return listed


def _of_csv(path: Path) -> list[Listed]:
    return [_of_row(path, number, row) for number, row in enumerate(read_rows(path, COLUMNS), start=2)]


def _of_row(path: Path, line: int, row: dict[str, str]) -> Listed:
    values = {name: (row.get(name) or "").strip() for name in (*COLUMNS, *OPTIONAL)}
    if values["label"] not in CLASSES:
        raise FilmListError(
            f"Line {line} of {path} has the unknown label {values['label']!r}. Choose {either(CLASSES)}."
        )
    file = path.parent / values["file"]
    if not file.is_file():
        raise FilmListError(f"Line {line} of {path} names {values['file']}, which does not exist in {path.parent}.")
    film = Film(
        f"own-{values['patient']}",
        values["source"],
        age=values["age_group"] or "unknown",
        view=values["view"] or "unknown",
    )
    return Listed(file, values["label"], film)


def require_every_class(films: Films, part: str, advice: str) -> None:
    """Raises FilmListError where a class of ours is not among the films of a part of the split."""
    present: Sequence[str] = films.labels
    missing = [name for name in CLASSES if name not in present]
    if missing:
        raise FilmListError(f"The {part} holds no film of {all_of(missing)}. {advice}")
