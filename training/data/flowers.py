"""flower_photos: 3,670 photos of five flowers from Flickr (The TensorFlow Team, 2019), each under a CC BY licence."""

import hashlib
import sys
from pathlib import Path

from torchvision.datasets.utils import download_url

from training.data import Splits
from training.data.archives import unpack
from training.data.photos import Photos, read_photos

CLASSES = ("daisy", "dandelion", "roses", "sunflowers", "tulips")
ARCHIVE = "flower_photos.tgz"
HOME = f"https://storage.googleapis.com/download.tensorflow.org/example_images/{ARCHIVE}"
FOLDS, TEST_FOLD, VAL_FOLD = 10, 0, 1


def load_flowers(data_dir: Path, *, strict: bool = False) -> Splits[Photos]:
    """Splits by file name, the same for everyone: see `fold`.

    `data_dir`/flower_photos is used as it is; else flower_photos.tgz in `data_dir` is unpacked; else it is downloaded.
    Photos that cannot be read are named on standard error and left out. Raises DamagedPhotoError instead if `strict`.
    """
    folder = _unpacked(data_dir)
    paths = [path for name in CLASSES for path in sorted((folder / name).glob("*.jpg"))]
    if not paths:
        raise FileNotFoundError(f"{folder} holds no photos. Delete it, and the archive is unpacked again.")
    photos, skipped = read_photos(paths, [CLASSES.index(path.parent.name) for path in paths], strict=strict)
    for sentence in skipped:
        print(sentence, file=sys.stderr)
    if skipped:
        print(f"{len(skipped)} of {len(paths):,} photos cannot be read and are left out.", file=sys.stderr)
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


def _unpacked(data_dir: Path) -> Path:
    folder = data_dir / "flower_photos"
    if folder.is_dir():
        return folder
    archive = data_dir / ARCHIVE
    if not archive.is_file():
        data_dir.mkdir(parents=True, exist_ok=True)
        try:
            download_url(HOME, str(data_dir), ARCHIVE)
        except OSError as error:
            raise FileNotFoundError(f"{HOME} cannot be reached ({error}). Put {ARCHIVE} into {data_dir}.") from error
    unpack(archive, folder)
    return folder
