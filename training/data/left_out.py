"""What a data set leaves out: named and counted, or an error."""

import sys
from collections.abc import Sequence

from fovea import FoveaError


class DamagedPhotoError(FoveaError):
    """An entry of the data set cannot be read as an image."""


def leave_out(sentences: Sequence[str], total: int, noun: str, *, strict: bool) -> None:
    """Say on standard error what is left out of `total` images, in one sentence each, and how many they are.

    Raises DamagedPhotoError with the first sentence instead if `strict`.
    """
    if strict and sentences:
        raise DamagedPhotoError(sentences[0])
    for sentence in sentences:
        print(sentence, file=sys.stderr)
    if sentences:
        verb = "is" if len(sentences) == 1 else "are"
        print(f"{len(sentences)} of {total:,} {noun} cannot be used and {verb} left out.", file=sys.stderr)
