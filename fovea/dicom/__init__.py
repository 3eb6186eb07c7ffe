"""Radiographs from DICOM files: `read_dicom(bytes).render()` gives one grey 8-bit image, or an error says why not.

The way of a pixel is that of PS3.4 N.2: stored value, modality LUT, VOI LUT or window, inversion last. A film that
says that it is turned or mirrored is brought to L\\F before all that.
"""

from fovea.dicom.checks import check_is_frontal_chest_film
from fovea.dicom.damage import PARSER_ERRORS
from fovea.dicom.film import Film, Instance
from fovea.dicom.grayscale import LookUpTable, Window, modality_values, voi_choices
from fovea.dicom.orientation import orientation, upright, upright_aspect
from fovea.dicom.part10 import is_dicom, parse
from fovea.dicom.stored import padding_mask, pixel_aspect, stored_values
from fovea.dicom.tags import text
from fovea.errors import UnreadableImageError

__all__ = ["Film", "Instance", "LookUpTable", "Window", "is_dicom", "read_dicom"]


def read_dicom(data: bytes) -> Film:
    """The film in a DICOM Part 10 file.

    Raises:
        UnsupportedFormatError: not a Part 10 file, or a transfer syntax that is not read.
        UnsupportedDicomError: not a single-frame, grey, frontal chest radiograph; names the tag.
        ImageTooLargeError: more than 64 megapixels, or more than that after inflation.
        UnreadableImageError: truncated or damaged.
    """
    try:
        return _read(data)
    except PARSER_ERRORS:  # a value of another type than its element has; the cause may quote it, so it is not kept
        raise UnreadableImageError("The DICOM file is damaged: a value has another type than its element.") from None


def _read(data: bytes) -> Film:
    dataset, syntax = parse(data)
    warnings = check_is_frontal_chest_film(dataset)
    photometric = text(dataset, "PhotometricInterpretation")
    dataset.PhotometricInterpretation = photometric  # as checked, since decoders take no other spelling
    lies = orientation(dataset)
    stored = upright(stored_values(dataset, syntax), lies)
    film = Film(
        values=modality_values(stored, dataset, syntax),
        is_padding=padding_mask(stored, dataset),
        is_inverted=photometric == "MONOCHROME1",  # PS3.3 C.7.6.3.1.2
        voi=voi_choices(dataset, syntax),
        aspect=upright_aspect(pixel_aspect(dataset), lies),
        instance=Instance.of(dataset),
        warnings=warnings,
    )
    film.check_has_contrast()
    return film
