"""Chest radiographs: normal, pneumonia, COVID-19; from four public collections, grouped by patient.

`chest_xray.tgz` holds `chest_xray/metadata.csv` (file, label, patient_group, source, age_group) and the films, square
and grey: normal films of Kermany 2018 (children), RSNA 2018 and NIH ChestX-ray14, pneumonia of Kermany and NIH,
COVID-19 of BIMCV. Every COVID-19 film is from one source: a network may learn the source instead.
"""

import hashlib
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold

from fovea.listing import either
from training.data.archives import unpack
from training.data.csv_rows import read_rows
from training.data.photos import Photos, read_photos

CLASSES = ("normal", "pneumonia", "covid19")
TEST_FOLDS, TEST_FOLD = 5, 0
FOLD_SEED = 0
MAX_REPEATS = 6.0
FILM_PX = 224  # the side of every film in all three sets, to which larger ones are brought

# name of the set, what it is for
SETS = {
    "chest_xray": "training, validation and test",
    "chest_xray_external": "films of other hospitals, for the last evaluation alone",
    "darkcovidnet": "the films of Ozturk et al. 2020, to repeat their protocol",
}


@dataclass(frozen=True)
class Source:
    """A collection: what it is, and the licence as its publisher states it."""

    title: str
    licence: str


SOURCES = {
    "kermany": Source(
        "Kermany et al. 2018, Guangzhou Women and Children's Medical Center: children of one to five years", "CC BY 4.0"
    ),
    "rsna": Source(
        "RSNA Pneumonia Detection Challenge 2018: films of NIH, read again by radiologists",
        "the challenge's terms, for research and education",
    ),
    "nih": Source(
        "NIH ChestX-ray14 (Wang et al. 2017), labels mined from reports",
        "unrestricted, with attribution to the NIH Clinical Center",
    ),
    "bimcv": Source(
        "BIMCV-COVID19+ (de la Iglesia Vayá et al. 2020), region of Valencia, Spain", "BIMCV's agreement for research"
    ),
    "cohen": Source(
        "COVID-19 Image Data Collection (Cohen et al. 2020), films from publications", "by image, named in its metadata"
    ),
    "montgomery": Source(
        "Montgomery County, USA (Jaeger et al. 2014), tuberculosis screening", "public, with citation"
    ),
    "shenzhen": Source("Shenzhen No. 3 Hospital, China (Jaeger et al. 2014)", "public, with citation"),
}


@dataclass(frozen=True)
class Films:
    """`photos` with their `patients` (a group that must stay together), `sources` and `ages`, all of one length."""

    photos: Photos
    patients: tuple[str, ...]
    sources: tuple[str, ...]
    ages: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.photos)

    def take(self, indices: Sequence[int]) -> "Films":
        def some(values: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(values[index] for index in indices)

        return Films(self.photos.take(indices), some(self.patients), some(self.sources), some(self.ages))

    def joined(self, other: "Films") -> "Films":
        return Films(
            self.photos.joined(other.photos),
            self.patients + other.patients,
            self.sources + other.sources,
            self.ages + other.ages,
        )

    def where(self, **allowed: Sequence[str]) -> "Films":
        """Those whose `sources`, `ages` or `labels` (names of classes) are among the given ones."""
        named = {"sources": self.sources, "ages": self.ages, "labels": self.labels}
        return self.take([i for i in range(len(self)) if all(named[key][i] in allowed[key] for key in allowed)])

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(CLASSES[label] for label in self.photos.labels.tolist())

    @property
    def names(self) -> tuple[str, ...]:
        """Folder and file name of each film, as boxes and stored outputs name it."""
        return tuple(f"{path.parent.name}/{path.name}" for path in self.photos.paths)

    @property
    def cells(self) -> list[tuple[str, str]]:
        """Class and source of each film."""
        return list(zip(self.labels, self.sources, strict=True))


def load_films(data_dir: Path, name: str = "chest_xray", *, strict: bool = False) -> Films:
    """The films of one of SETS. Those that cannot be read are named on standard error and left out.

    `data_dir`/NAME is used as it is; else NAME.tgz in `data_dir` is unpacked. Raises FileNotFoundError where neither is
    there, DamagedPhotoError at an unreadable film if `strict`.
    """
    folder = _unpacked(data_dir, name)
    rows = read_rows(folder / "metadata.csv", ("file", "label", "patient_group", "source"))
    unknown = sorted({row["label"] for row in rows} - set(CLASSES))
    if unknown:
        raise FileNotFoundError(
            f"{folder / 'metadata.csv'} has unknown labels: {', '.join(unknown)}. Choose {either(CLASSES)}."
        )
    paths = [folder / row["file"] for row in rows]
    labels = [CLASSES.index(row["label"]) for row in rows]
    photos, skipped = read_photos(paths, labels, strict=strict, channels=1)
    for sentence in skipped:
        print(sentence, file=sys.stderr)
    if skipped:
        print(f"{len(skipped)} of {len(paths):,} films cannot be read and are left out.", file=sys.stderr)
    of_path = dict(zip(paths, rows, strict=True))
    kept = [of_path[path] for path in photos.paths]
    return Films(
        photos,
        patients=tuple(row["patient_group"] for row in kept),
        sources=tuple(row["source"] for row in kept),
        ages=tuple(row.get("age_group") or "unknown" for row in kept),
    )


def is_test(patient: str) -> bool:
    """Whether a patient's films belong to the fixed test fold: sha1 of the group's name modulo 5 is 0."""
    return int(hashlib.sha1(patient.encode()).hexdigest(), 16) % TEST_FOLDS == TEST_FOLD


def split_off_test(films: Films) -> tuple[Films, Films]:
    """All other films, and those of the test fold."""
    tested = [is_test(patient) for patient in films.patients]
    return (
        films.take([index for index, flag in enumerate(tested) if not flag]),
        films.take([index for index, flag in enumerate(tested) if flag]),
    )


def grouped_folds(films: Films, count: int) -> list[tuple[list[int], list[int]]]:
    """`count` pairs of indices, training and validation; no patient in both, classes and sources spread evenly."""
    strata = ["/".join(cell) for cell in films.cells]
    folds = StratifiedGroupKFold(count, shuffle=True, random_state=FOLD_SEED)
    split = folds.split(np.zeros(len(films)), strata, films.patients)
    return [(train.tolist(), val.tolist()) for train, val in split]


def balanced(films: Films, strength: float = 1.0) -> Films:
    """Films repeated until the sources of a class, and then the classes, count about the same.

    Within a class the smaller sources repeat towards the largest; classes repeat towards the largest class. `strength`
    is the power of their ratio: at 1 they become equal, at 0 nothing repeats. No film is left out, and none counts more
    than MAX_REPEATS times.
    """
    cells = films.cells
    size = Counter(cells)
    largest = {label: max(n for (name, _), n in size.items() if name == label) for label in {cell[0] for cell in cells}}
    per_cell = {cell: min(MAX_REPEATS, (largest[cell[0]] / n) ** strength) for cell, n in size.items()}
    per_class: Counter[str] = Counter()
    for cell, n in size.items():
        per_class[cell[0]] += round(n * per_cell[cell])
    most = max(per_class.values())
    repeats = {cell: min(MAX_REPEATS, per_cell[cell] * (most / per_class[cell[0]]) ** strength) for cell in size}
    return films.take(_repeated(cells, repeats))


def _repeated(cells: list[tuple[str, str]], repeats: dict[tuple[str, str], float]) -> list[int]:
    """Each index of a cell floor or ceiling of `repeats` times, the ceilings spread evenly."""
    seen: Counter[tuple[str, str]] = Counter()
    indices = []
    for index, cell in enumerate(cells):
        before, after = int(seen[cell] * repeats[cell]), int((seen[cell] + 1) * repeats[cell])
        indices += [index] * (after - before)
        seen[cell] += 1
    return indices


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
