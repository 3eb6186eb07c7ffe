"""How films are split: by patient, by source, and never one hospital on both sides.

SIIM-FISABIO-RSNA took films from BIMCV's hospitals, names them by study and says of none whose it is: a patient may be
in both sources under two names. So no split has one of the two in training while the other is held out. Where both
are there, a split by patient holds out films of `siim`, whose films radiologists read, and leaves `bimcv` out of all
its parts (`one_side`). A split by source holds out both together, and trains on both where another source is held out.
Alone, either of them is split by its patients or studies.
"""

import hashlib
from collections.abc import Sequence

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold

from training.data.chest_xray_films import Films
from training.data.chest_xray_sources import SAME_HOSPITALS

TEST_FOLDS, TEST_FOLD = 5, 0
FOLD_SEED = 0
SPLIT_BY_STUDY, LEFT_OUT_BESIDE_IT = SAME_HOSPITALS


def is_test(patient: str) -> bool:
    """Whether a patient's films belong to the fixed test fold: sha1 of the group's name modulo 5 is 0."""
    return _number(patient) % TEST_FOLDS == TEST_FOLD


def _number(patient: str) -> int:
    return int(hashlib.sha1(patient.encode()).hexdigest(), 16)


def one_side(films: Films) -> Films:
    """The films that a split by patient may use: all, without `bimcv` where `siim` is among them."""
    if SPLIT_BY_STUDY not in films.sources:
        return films
    return films.take([index for index, source in enumerate(films.sources) if source != LEFT_OUT_BESIDE_IT])


def split_off_test(films: Films) -> tuple[Films, Films]:
    """All other films, and those of the test fold; by patient, see `one_side`."""
    films = one_side(films)
    tested = [is_test(patient) for patient in films.patients]
    return (
        films.take([index for index, flag in enumerate(tested) if not flag]),
        films.take([index for index, flag in enumerate(tested) if flag]),
    )


def beside_fold(others: Films, train: Films, val: Films, number: int, count: int) -> tuple[Films, Films]:
    """Films with another finding, to train and to validate beside fold `number` of `count`: where their patient's are.

    A patient of neither part is in one by name. Those of the test fold are left out.
    """
    others = outside_test(others)
    trained, held = set(train.patients), set(val.patients)
    is_val = [
        patient in held or (patient not in trained and _number(patient) // TEST_FOLDS % count == number)
        for patient in others.patients
    ]
    return (
        others.take([index for index, flag in enumerate(is_val) if not flag]),
        others.take([index for index, flag in enumerate(is_val) if flag]),
    )


def outside_test(films: Films) -> Films:
    """All films but those of the test fold's patients, for splits by source: both sources of one hospital are there."""
    return films.take([index for index, patient in enumerate(films.patients) if not is_test(patient)])


def grouped_folds(films: Films, count: int, seed: int = FOLD_SEED) -> list[tuple[list[int], list[int]]]:
    """`count` pairs of indices, training and validation; no patient in both, classes and sources spread evenly.

    `films` are those of `one_side`.
    """
    strata = ["/".join(cell) for cell in films.cells]
    folds = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
    split = folds.split(np.zeros(len(films)), strata, films.patients)
    return [(train.tolist(), val.tolist()) for train, val in split]


def left_out(films: Films, sources: Sequence[str]) -> tuple[list[int], list[int]]:
    """Indices to train on, and those of `sources`; a patient of theirs trains nothing.

    RSNA's films are NIH's: leave both out to see a hospital that is really new. Raises ValueError where `sources` name
    one of SAME_HOSPITALS and not the other, of those that are there.
    """
    together = {name for name in SAME_HOSPITALS if name in films.sources}
    if together & set(sources) and not together <= set(sources):
        raise ValueError(f"Leave out {' and '.join(sorted(together))} together. They share hospitals.")
    held = [index for index, source in enumerate(films.sources) if source in sources]
    theirs = {films.patients[index] for index in held}
    others = [index for index, source in enumerate(films.sources) if source not in sources]
    return [index for index in others if films.patients[index] not in theirs], held
