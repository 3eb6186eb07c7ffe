"""From the bytes of a request to the pixels that the network takes, and what the file says of itself."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from fovea import ModelSpec, fit_to_spec, read_image
from fovea.dicom import Instance, is_dicom
from fovea.errors import UnsupportedFormatError
from fovea.size import at_most

DICOM, PNG, JPEG = "application/dicom", "image/png", "image/jpeg"
# application/octet-stream says nothing of its content, so the content says it.
OCTET_STREAM = "application/octet-stream"
READ_TYPES = (DICOM, PNG, JPEG)

_SIGNATURES = {PNG: b"\x89PNG\r\n\x1a\n", JPEG: b"\xff\xd8\xff"}
_NAMES = {DICOM: "DICOM", PNG: "PNG", JPEG: "JPEG"}


@dataclass(frozen=True)
class DecodedFilm:
    """`pixels` uint8 (H, W, C) as the network takes them; `instance` where the file was DICOM.

    `warnings` are sentences on what the file leaves open (no body part, no view) and on how the film was turned.
    """

    pixels: NDArray[np.uint8]
    media_type: str
    instance: Instance | None = None
    warnings: tuple[str, ...] = ()


def media_type_of(data: bytes) -> str | None:
    """The kind of file by its first bytes; None for any that the endpoint does not read."""
    if is_dicom(data):
        return DICOM
    return next((kind for kind, signature in _SIGNATURES.items() if data.startswith(signature)), None)


def decode_film(data: bytes, declared: str, spec: ModelSpec) -> DecodedFilm:
    """Decode one film.

    Raises:
        UnsupportedFormatError: neither DICOM, PNG nor JPEG, or another of them than the request declares.
        ImageError: as `fovea.read_image`.
    """
    found = media_type_of(data)
    if found is None:
        raise UnsupportedFormatError("The body is not DICOM, PNG or JPEG. Send one of these.")
    if declared not in (found, OCTET_STREAM):
        raise UnsupportedFormatError(
            f"The request declares {_NAMES[declared]} ({declared}) but its body is {_NAMES[found]}. The two must agree."
        )
    decoded = read_image(data, spec.channels)
    instance = None if decoded.film is None else decoded.film.instance
    return DecodedFilm(fit_to_spec(decoded.image, spec), found, instance, decoded.warnings)


def decode_film_apart(data: bytes, declared: str, spec: str, megapixels: int) -> DecodedFilm:
    """`decode_film` for another process, which is told what it needs in JSON: `spec` is the spec's own."""
    with at_most(megapixels):
        return decode_film(data, declared, _spec(spec))


@lru_cache(maxsize=1)
def _spec(text: str) -> ModelSpec:
    return ModelSpec.from_json(text)
