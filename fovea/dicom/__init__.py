"""Radiographs from DICOM files: `read_dicom(bytes).render()` gives one grey 8-bit image, or an error says why not.

The way of a pixel is that of PS3.4 N.2: stored value, modality LUT, VOI LUT or window, inversion last. A film that
says that it is turned or mirrored is brought to L\\F before all that.
"""

from dataclasses import replace

from fovea.dicom.damage import PARSER_ERRORS
from fovea.dicom.film import GREYS, Film
from fovea.dicom.grayscale import LookUpTable, Rescale, Window
from fovea.dicom.header import read_header
from fovea.dicom.instance import Instance
from fovea.dicom.levels import Levels
from fovea.dicom.padding import Padding
from fovea.dicom.part10 import is_dicom
from fovea.dicom.stored import stored_values
from fovea.errors import UnreadableImageError

# what a film is made of, beside arrays
FILM_CLASSES = (Levels, Rescale, LookUpTable, Window, Padding, Instance)
LITTLE_CONTRAST = "The film fills only {filled} of {greys} greys with its own window, so the window may not fit it."
FEWER_BITS = (
    "The DICOM file contradicts itself: its compressed image has fewer bits than (0028,0101) BitsStored says, and its "
    "window does not fit them. Export it again."
)
__all__ = ["FILM_CLASSES", "Film", "Instance", "LookUpTable", "Window", "is_dicom", "read_dicom"]


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
        raise UnreadableImageError("The DICOM file is damaged: the type of a value does not fit its element.") from None


def _read(data: bytes) -> Film:
    header, pixel_data = read_header(data)
    stored = stored_values(pixel_data, header)
    film = Film.of(header, stored)
    film.check_has_contrast()
    if film.greys_filled < GREYS / 4:
        if stored.has_fewer_bits:
            raise UnreadableImageError(FEWER_BITS)
        return replace(film, warnings=(*film.warnings, LITTLE_CONTRAST.format(filled=film.greys_filled, greys=GREYS)))
    return film
