"""What a file says that it shows: which kind of object, which part of the body, from which side."""

from dataclasses import dataclass
from typing import Self

from pydicom.dataset import Dataset

from fovea.dicom.tags import items, text


@dataclass(frozen=True)
class Subject:
    """Texts in capitals, empty where the file is silent. `body_parts` are terms of PS3.16 annex L, one or several."""

    sop_class_uid: str
    intent: str
    modality: str
    body_parts: tuple[str, ...]
    region_codes: tuple[str, ...]
    view: str
    view_codes: tuple[str, ...]

    @classmethod
    def of(cls, dataset: Dataset) -> Self:
        return cls(
            sop_class_uid=text(dataset, "SOPClassUID"),
            intent=text(dataset, "PresentationIntentType"),
            modality=text(dataset, "Modality"),
            # old writers join several by ^ or _
            body_parts=tuple(text(dataset, "BodyPartExamined").replace("^", " ").replace("_", " ").split()),
            region_codes=_codes(dataset, "AnatomicRegionSequence"),  # PS3.3 C.8.11.2
            view=text(dataset, "ViewPosition"),  # PS3.3 C.8.1.1 for CR, C.8.11.5 for DX
            view_codes=_codes(dataset, "ViewCodeSequence"),
        )


def _codes(dataset: Dataset, keyword: str) -> tuple[str, ...]:
    return tuple(text(item, "CodeValue") for item in items(dataset, keyword))
