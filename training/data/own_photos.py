"""Photos of one's own: a folder of class folders, or a CSV file with file, label and, if wanted, group."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from fovea import FoveaError
from fovea.listing import all_of
from training.data.csv_rows import column_names, read_rows
from training.data.near_duplicates import hash_of
from training.data.photos import Photos, not_a_file, read_photos

COLUMNS = ("file", "label")
GROUP = "group"
SPLIT_NAMES = {"train", "training", "val", "valid", "validation", "test", "testing"}


class PhotoListError(FoveaError):
    """The folder or the CSV file does not describe photos as it should. The message names the place."""


@dataclass(frozen=True, slots=True)  # one for each of perhaps a million photos
class Listed:
    """One file, as it was found. Photos of one `group` belong together: the same thing, person or series."""

    path: Path
    label: str
    group: str


@dataclass(frozen=True, slots=True)  # one for each of perhaps a million photos
class Look:
    """What one look at a photo tells: its size in pixels, and its perceptual hash."""

    width: int
    height: int
    hash: int


@dataclass(frozen=True)
class OwnPhotos:
    """`photos` that can be read, each with its group and a look at it; a sentence for each left out.

    `root` is the folder that was named, or that of the list, whose `unused_columns` say nothing here.
    """

    root: Path
    classes: tuple[str, ...]
    photos: Photos
    groups: tuple[str, ...]
    looks: tuple[Look, ...]
    left_out: tuple[str, ...]
    unused_columns: tuple[str, ...] = ()


def list_photos(path: Path) -> list[Listed]:
    """Every file of every class, none opened yet; hidden files are none of them.

    A folder's folders are the classes, and each photo in them, at any depth, is a group of its own. A CSV has COLUMNS
    and may have the column `group`; files are named from its own folder.

    Raises:
        FileNotFoundError: no such folder or file.
        TableError: the file is no CSV, lacks a column, or a line has no value in one.
        PhotoListError: under two classes, a class without files, or a file that the CSV names twice.
    """
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist. Name a folder of class folders, or a CSV file.")
    listed = list(_of_folder(path) if path.is_dir() else _of_csv(path))
    classes = sorted({one.label for one in listed})
    if len(classes) < 2:
        found = f"only the class {classes[0]}" if classes else "no photos"
        raise PhotoListError(f"{path} has {found}. Put the photos of each class into a folder of its own there.")
    return listed


def read_own_photos(listed: Iterable[Listed], path: Path) -> OwnPhotos:
    """What can be read of the files of `list_photos(path)`. Raises PhotoListError where a class has no photo then."""
    known = {one.path: one for one in listed}
    classes = tuple(sorted({one.label for one in known.values()}))
    looks: dict[Path, Look] = {}

    def look(path: Path, photo: Image.Image) -> None:
        looks[path] = Look(*photo.size, hash_of(photo))

    labels = [classes.index(one.label) for one in known.values()]
    photos, left_out = read_photos(list(known), labels, strict=False, look=look)
    empty = [name for number, name in enumerate(classes) if not (photos.labels == number).any()]
    if empty:
        first = next(str(one.path) for one in known.values() if one.label == empty[0])
        said = next((sentence for sentence in left_out if sentence.startswith(first)), left_out[0])
        raise PhotoListError(f"No photo of {all_of(empty)} can be read: {said}")
    return OwnPhotos(
        path if path.is_dir() else path.parent,
        classes,
        photos,
        groups=tuple(known[path].group for path in photos.paths),
        looks=tuple(looks[path] for path in photos.paths),
        left_out=(*left_out, *_beside_the_classes(path)),
        unused_columns=() if path.is_dir() else _unused_columns(path),
    )


def _of_folder(folder: Path) -> Iterator[Listed]:
    places = sorted(place for place in folder.iterdir() if place.is_dir() and not place.name.startswith("."))
    if places and {place.name.lower() for place in places} <= SPLIT_NAMES:
        raise PhotoListError(
            f"The folders in {folder} are splits, {all_of([place.name for place in places])}, and no classes. Name one "
            "of them: photos are split here. Or list all photos in a CSV file."
        )
    for place in places:
        files = _files_below(place)
        if not files:
            raise PhotoListError(f"{place} holds no photos. Add some, or delete it.")
        for path in files:
            yield Listed(path, place.name, path.relative_to(folder).as_posix())


def _of_csv(path: Path) -> Iterator[Listed]:
    seen: dict[Path, int] = {}
    for line, row in enumerate(read_rows(path, COLUMNS), start=2):
        name, label = row["file"].strip(), row["label"].strip()
        file = path.parent / name
        if file in seen:
            raise PhotoListError(f"Line {line} of {path} names {name}, as line {seen[file]} did. Name each file once.")
        seen[file] = line
        yield Listed(file, label, row.get(GROUP, "").strip() or name)


def _files_below(place: Path) -> list[Path]:
    """Every file, and in place of what is behind it every folder that is not entered: a link, or one that is locked."""
    found: list[Path] = []

    def locked(error: OSError) -> None:
        found.append(Path(error.filename))

    for folder, folders, names in os.walk(place, onerror=locked):
        found += [Path(folder, name) for name in names if not name.startswith(".")]
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [link for name in folders if (link := Path(folder, name)).is_symlink()]
    return sorted(found)


def _beside_the_classes(path: Path) -> Sequence[str]:
    """A sentence for each photo, and each broken link, that lies beside the class folders."""
    if not path.is_dir():
        return ()
    endings = Image.registered_extensions()
    loose = [
        entry
        for entry in sorted(path.iterdir())
        if not entry.is_dir() and not entry.name.startswith(".")
        if entry.suffix.lower() in endings or not entry.exists()
    ]
    return [
        f"{entry}: {'It lies beside the class folders, so it has no class.' if entry.exists() else not_a_file(entry)}"
        for entry in loose
    ]


def _unused_columns(path: Path) -> tuple[str, ...]:
    return tuple(name for name in column_names(path) if name and name not in (*COLUMNS, GROUP))
