"""What a file says that it shows: which kind of object, which part of the body, from which side."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from pydicom.dataset import Dataset

from fovea.dicom.tags import items, text, texts
from fovea.dicom.vocabulary import view_words_of, words_of


@dataclass(frozen=True)
class Subject:
    """Empty where the file is silent. `body_words` and `view_words` are as the vocabulary gives them."""

    sop_class_uid: str
    intent: str
    modality: str
    conversion: str
    body_words: tuple[str, ...]
    region_codes: tuple[str, ...]
    view_words: tuple[str, ...]
    view_codes: tuple[str, ...]

    @classmethod
    def of(cls, dataset: Dataset) -> Self:
        return cls(
            sop_class_uid=text(dataset, "SOPClassUID"),
            intent=text(dataset, "PresentationIntentType"),
            modality=text(dataset, "Modality"),
            conversion=text(dataset, "ConversionType"),  # PS3.3 C.8.6.1
            body_words=_words(dataset, "BodyPartExamined", words_of),  # PS3.3 C.7.3.1
            region_codes=_codes(dataset, "AnatomicRegionSequence"),  # PS3.3 C.8.11.2
            view_words=_words(dataset, "ViewPosition", view_words_of),  # PS3.3 C.8.1.1 for CR, C.8.11.5 for DX
            view_codes=_codes(dataset, "ViewCodeSequence"),
        )


def _words(dataset: Dataset, keyword: str, take: Callable[[str], tuple[str, ...]]) -> tuple[str, ...]:
    """Of all values; a value without a letter is one unknown word."""
    values = [value for value in texts(dataset, keyword) if value]
    return take(" ".join(values)) or tuple(values[:1])


def _codes(dataset: Dataset, keyword: str) -> tuple[str, ...]:
    return tuple(filter(None, (text(item, "CodeValue") for item in items(dataset, keyword))))
