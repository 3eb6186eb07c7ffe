"""Which image a file holds: its unique identifiers, or nothing where another value stands in their place."""

import re
from dataclasses import dataclass
from typing import Self

from pydicom.dataset import Dataset

from fovea.dicom.tags import text

_UIDS = ("SOPInstance", "SeriesInstance", "StudyInstance", "SOPClass")
_NUMBER = "(0|[1-9][0-9]*)"


@dataclass(frozen=True)
class Instance:
    """The unique identifiers of the image, its series and its study (PS3.3 C.12.1.1.1, C.7.3.1, C.7.2.1)."""

    sop_instance_uid: str
    series_instance_uid: str
    study_instance_uid: str
    sop_class_uid: str

    @classmethod
    def of(cls, dataset: Dataset) -> Self:
        return cls(*(_uid(text(dataset, f"{what}UID")) for what in _UIDS))


def _uid(value: str) -> str:
    """A unique identifier by PS3.5 9.1; anything else could be a name or a date, and is left out.

    Numbers without leading zeros under a root of 0, 1 or 2, at most 64 characters. So that no date passes, four numbers
    at least, or 2.25 and the long number of annex B.2.
    """
    is_uid = len(value) <= 64 and re.fullmatch(rf"[012](\.{_NUMBER}){{3,}}|2\.25\.[1-9][0-9]{{15,}}", value)
    return value if is_uid else ""
