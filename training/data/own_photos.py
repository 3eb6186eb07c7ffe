"""Photos of one's own: a folder of class folders, or a CSV file with file, label and, if wanted, group."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from fovea import FoveaError
from fovea.listing import all_of
from training.data.csv_rows import read_rows
from training.data.near_duplicates import hash_of
from training.data.photos import Photos, read_photos

COLUMNS = ("file", "label")
SPLIT_NAMES = {"train", "training", "val", "valid", "validation", "test", "testing"}


class PhotoListError(FoveaError):
    """The folder or the CSV file does not describe photos as it should. The message names the place."""


@dataclass(frozen=True)
class Listed:
    """One file, as it was found. Photos of one `group` belong together: the same thing, person or series."""

    path: Path
    label: str
    group: str


@dataclass(frozen=True)
class Look:
    """What one look at a photo tells: its size in pixels, and its perceptual hash."""

    width: int
    height: int
    hash: int


@dataclass(frozen=True)
class OwnPhotos:
    """`photos` below `root` that can be read, each with its group and a look at it; a sentence for each left out."""

    root: Path
    classes: tuple[str, ...]
    photos: Photos
    groups: tuple[str, ...]
    looks: tuple[Look, ...]
    left_out: tuple[str, ...]


def list_photos(path: Path) -> list[Listed]:
    """Every file of every class, none opened yet; hidden files are none of them.

    A folder's folders are the classes, and each photo in them, at any depth, is a group of its own. A CSV has COLUMNS
    and may have the column `group`; files are named from its own folder.

    Raises:
        FileNotFoundError: no such folder or file.
        TableError: the file is no CSV, lacks a column, or a line has no value in one.
        PhotoListError: under two classes, a class without files, or a file that the CSV names twice or in vain.
    """
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist. Name a folder of class folders, or a CSV file.")
    listed = list(_of_folder(path) if path.is_dir() else _of_csv(path))
    classes = sorted({one.label for one in listed})
    if len(classes) < 2:
        found = f"only the class {classes[0]}" if classes else "no photos"
        raise PhotoListError(f"{path} has {found}. Put the photos of each class into a folder of its own there.")
    return listed


def read_own_photos(listed: Iterable[Listed], root: Path) -> OwnPhotos:
    """What can be read of them. Raises PhotoListError where a class is left without a photo."""
    known = {one.path: one for one in listed}
    classes = tuple(sorted({one.label for one in known.values()}))
    looks: dict[Path, Look] = {}

    def look(path: Path, photo: Image.Image) -> None:
        looks[path] = Look(*photo.size, hash_of(photo))

    labels = [classes.index(one.label) for one in known.values()]
    photos, left_out = read_photos(list(known), labels, strict=False, look=look)
    empty = [name for number, name in enumerate(classes) if not (photos.labels == number).any()]
    if empty:
        raise PhotoListError(f"No photo of {all_of(empty)} can be read: {left_out[0]}")
    return OwnPhotos(
        root,
        classes,
        photos,
        groups=tuple(known[path].group for path in photos.paths),
        looks=tuple(looks[path] for path in photos.paths),
        left_out=left_out,
    )


def _of_folder(folder: Path) -> Iterator[Listed]:
    places = sorted(place for place in folder.iterdir() if place.is_dir() and not place.name.startswith("."))
    if places and {place.name.lower() for place in places} <= SPLIT_NAMES:
        raise PhotoListError(
            f"The folders in {folder} are splits, {all_of([place.name for place in places])}, and no classes. Name one "
            "of them: photos are split here. Or list all photos in a CSV file."
        )
    for place in places:
        files = [path for path in sorted(place.rglob("*")) if not path.is_dir() and not path.name.startswith(".")]
        if not files:
            raise PhotoListError(f"{place} holds no photos. Add some, or delete it.")
        for path in files:
            yield Listed(path, place.name, path.relative_to(folder).as_posix())


def _of_csv(path: Path) -> Iterator[Listed]:
    seen: dict[Path, int] = {}
    for line, row in enumerate(read_rows(path, COLUMNS), start=2):
        name, label = row["file"].strip(), row["label"].strip()
        file = path.parent / name
        if not file.is_file():
            raise PhotoListError(f"Line {line} of {path} names {name}, which does not exist in {path.parent}.")
        if file in seen:
            raise PhotoListError(f"Line {line} of {path} names {name}, as line {seen[file]} did. Name each file once.")
        seen[file] = line
        yield Listed(file, label, (row.get("group") or "").strip() or name)
