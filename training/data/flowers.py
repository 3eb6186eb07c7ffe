"""flower_photos: 3,670 photos of five flowers from Flickr (The TensorFlow Team, 2019), each under a CC BY licence."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from torchvision.datasets.utils import download_url

from fovea.listing import all_of
from training.data import Splits
from training.data.archives import UNREACHABLE, unpack
from training.data.left_out import leave_out
from training.data.photos import Photos, read_photos

CLASSES = ("daisy", "dandelion", "roses", "sunflowers", "tulips")
ARCHIVE = "flower_photos.tgz"
HOME = f"https://storage.googleapis.com/download.tensorflow.org/example_images/{ARCHIVE}"
FOLDS, TEST_FOLD, VAL_FOLD = 10, 0, 1


def load_flowers(data_dir: Path, *, strict: bool = False) -> Splits[Photos]:
    """Splits by file name, the same for everyone: see `fold`.

    `data_dir`/flower_photos is used as it is; else flower_photos.tgz in `data_dir` is unpacked; else it is downloaded.
    Every entry of a class's folder is a photo, except hidden ones. What cannot be read is named on standard error and
    left out.

    Raises:
        FileNotFoundError: a class has no photo that can be read.
        DamagedPhotoError: an entry cannot be read, if `strict`.
        DamagedArchiveError: the archive is truncated or damaged.
    """
    folder = _unpacked(data_dir)
    paths = [path for name in CLASSES for path in _entries(folder / name)]
    _require_every_class(folder, paths)
    photos, skipped = read_photos(paths, [CLASSES.index(path.parent.name) for path in paths], strict=strict)
    leave_out(skipped, len(paths), "photos", strict=strict)
    _require_every_class(folder, photos.paths)
    folds = [fold(path.name) for path in photos.paths]
    return Splits(
        classes=CLASSES,
        train=photos.take([index for index, number in enumerate(folds) if number not in (TEST_FOLD, VAL_FOLD)]),
        val=photos.take([index for index, number in enumerate(folds) if number == VAL_FOLD]),
        test=photos.take([index for index, number in enumerate(folds) if number == TEST_FOLD]),
    )


def fold(file_name: str) -> int:
    """0 to 9, from the sha1 of the name: 0 is test, 1 is validation, the rest trains."""
    return int(hashlib.sha1(file_name.encode()).hexdigest(), 16) % FOLDS


def _entries(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if not path.name.startswith(".")) if folder.is_dir() else []


def _require_every_class(folder: Path, paths: Iterable[Path]) -> None:
    present = {path.parent.name for path in paths}
    missing = [name for name in CLASSES if name not in present]
    if missing:
        what = f"photos of {all_of(missing)}" if present else "photos"
        raise FileNotFoundError(f"{folder} holds no {what}. Delete it, and the archive is unpacked again.")


def _unpacked(data_dir: Path) -> Path:
    folder = data_dir / "flower_photos"
    if folder.is_dir():
        return folder
    archive = data_dir / ARCHIVE
    if not archive.is_file():
        data_dir.mkdir(parents=True, exist_ok=True)
        partial = archive.with_name(f"{ARCHIVE}.partial")
        try:
            download_url(HOME, str(data_dir), partial.name)
            partial.replace(archive)
        except UNREACHABLE as error:
            raise FileNotFoundError(f"{HOME} cannot be reached ({error}). Put {ARCHIVE} into {data_dir}.") from error
        finally:
            partial.unlink(missing_ok=True)
    unpack(archive, folder)
    return folder
