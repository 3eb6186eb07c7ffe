"""The file format of PS3.10: meta information first, then the data set in the transfer syntax that it names."""

import io
import warnings
import zlib
from typing import NamedTuple

import pydicom.config
from pydicom.datadict import dictionary_VR, keyword_for_tag, tag_for_keyword
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.filereader import read_sequence
from pydicom.tag import BaseTag, Tag

from fovea.dicom.damage import PARSER_ERRORS
from fovea.dicom.elements import (
    HEADER_BYTES,
    MAX_ELEMENTS,
    PIXEL_DATA,
    SHORT_VRS,
    TOO_MANY_ELEMENTS,
    Element,
    Elements,
)
from fovea.dicom.tags import PRIVACY_KEYWORDS, READ_KEYWORDS, damaged, tag_name, text
from fovea.dicom.transfer_syntax import EXPLICIT, EXPLICIT_BIG_ENDIAN, IMPLICIT, TransferSyntax, known_syntax
from fovea.errors import (
    ImageTooLargeError,
    UnreadableImageError,
    UnsupportedDicomError,
    UnsupportedFormatError,
)
from fovea.size import MAX_MEGAPIXELS

PREAMBLE_BYTES = 128
PREFIX = b"DICM"
META_KEYWORDS = ("TransferSyntaxUID", "MediaStorageSOPClassUID", "MediaStorageSOPInstanceUID")
# (0002,0000) to (0002,0010) in Explicit VR Little Endian, one of which comes first
META_STARTS = (b"\2\0\0\0UL\4\0", b"\2\0\1\0OB\0\0", b"\2\0\2\0UI", b"\2\0\3\0UI", b"\2\0\x10\0UI")
# The largest image at two bytes a sample, and a megabyte for everything that is not pixels.
MAX_INFLATED_BYTES = MAX_MEGAPIXELS * 2_000_000 + 1_000_000
# CMF and FLG of a window of 32 kB. Deflated data that start like them would be a stored block of another form.
ZLIB_STARTS = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
TEXT_VRS = ("AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UR", "UT")
NO_SYNTAX = "The DICOM file has no (0002,0010) TransferSyntaxUID, which says how to read it."
MAX_READS = 3 * MAX_ELEMENTS  # of the sequences of a file, three for each element
# Values other than pixels: the longest that are read are tables in a sequence, eight of 65,536 two-byte entries, each
# with a kilobyte for what stands beside it.
MAX_VALUE_BYTES, MAX_SEQUENCE_BYTES = 4096, 8 * (131_072 + 1024)


class PixelData(NamedTuple):
    """The value of (7FE0,0010) as it stands in the file, its VR, and whether its length was left undefined."""

    content: bytes
    vr: str
    is_undefined: bool


class Part10(NamedTuple):
    """A file as parsed. `dataset` has the elements that `tags` names but the pixels; `pixels` are None if absent.

    `warnings` are sentences on what the file's own form leaves open.
    """

    dataset: Dataset
    pixels: PixelData | None
    syntax: TransferSyntax
    warnings: tuple[str, ...]


def is_dicom(data: bytes) -> bool:
    """Whether the bytes begin as DICOM files do (PS3.10 section 7.1), or as those without preamble, prefix or meta."""
    return _start_of_meta(data) is not None or _is_bare_data_set(data)


def parse(data: bytes) -> Part10:
    """The parts of the file.

    Raises:
        UnsupportedFormatError: not DICOM, or in a transfer syntax that is not read.
        UnreadableImageError: truncated or damaged.
        UnsupportedDicomError: a value is longer than any that a film needs.
        ImageTooLargeError: it inflates to more than the largest film.
    """
    _silence_pydicom()
    start = _start_of_meta(data)
    if start is None:
        return _bare(data)
    walk = Elements(data, start, is_implicit=False, is_little_endian=True)
    # PS3.10 section 7.1: the meta information is always Explicit VR Little Endian.
    meta = _dataset(data, list(walk.group(2)), META_KEYWORDS, walk)
    uid = text(meta, "TransferSyntaxUID")
    if not uid and len(data) - walk.place < HEADER_BYTES:
        raise UnreadableImageError("The DICOM file is truncated: it ends in its meta information. Export it again.")
    if not uid:
        return _unnamed(data, walk.place, meta)
    syntax, place = known_syntax(uid), walk.place
    if syntax.is_deflated:
        data, place = _inflated(data[place:]), 0
    syntax, warnings = _order_of(data, place, syntax)
    dataset, pixels = _body(data, place, syntax)
    return Part10(dataset, pixels, syntax, warnings + _completed(dataset, meta))


def _start_of_meta(data: bytes) -> int | None:
    """Behind preamble and prefix, or where one of them or both are missing; None where there is no meta information."""
    for start in (PREAMBLE_BYTES + len(PREFIX), len(PREFIX)):
        if data.startswith(PREFIX, start - len(PREFIX)):
            return start
    return next((start for start in (0, PREAMBLE_BYTES) if data.startswith(META_STARTS, start)), None)


def _is_bare_data_set(data: bytes) -> bool:
    """Whether it begins with an element of group 8, little endian, of a length that such elements have."""
    if len(data) < HEADER_BYTES or data[:2] != b"\x08\0" or data[3] > 0:
        return False
    return data[4:6] in SHORT_VRS or (data[5:8] == bytes(3) and data[4] % 2 == 0 and 0 < data[4] <= 64)


def _bare(data: bytes) -> Part10:
    """A data set alone, which says how it is encoded by its first element and the length of its pixels."""
    if not _is_bare_data_set(data):
        raise UnsupportedFormatError("The file is not DICOM: the prefix DICM of PS3.10 section 7.1 is missing.")
    syntax = EXPLICIT if data[4:6] in SHORT_VRS else IMPLICIT
    dataset, pixels = _body(data, 0, syntax)
    if pixels is not None and pixels.is_undefined:
        raise UnsupportedFormatError(
            "The DICOM file has no meta information, and its pixels are compressed in a way that is not said. "
            "Export it with meta information (PS3.10 section 7.1)."
        )
    warning = f"The file has no meta information (PS3.10 section 7.1). It was read as {syntax.name}."
    return Part10(dataset, pixels, syntax, (warning,))


def _unnamed(data: bytes, place: int, meta: Dataset) -> Part10:
    """A file whose meta information does not name a transfer syntax: as one without any."""
    if not _is_bare_data_set(data[place : place + HEADER_BYTES]):
        raise UnreadableImageError(NO_SYNTAX)
    syntax = EXPLICIT if data[place + 4 : place + 6] in SHORT_VRS else IMPLICIT
    dataset, pixels = _body(data, place, syntax)
    if pixels is not None and pixels.is_undefined:
        raise UnreadableImageError(NO_SYNTAX)
    warning = f"(0002,0010) TransferSyntaxUID is missing. The file was read as {syntax.name}."
    return Part10(dataset, pixels, syntax, (warning, *_completed(dataset, meta)))


def _order_of(data: bytes, place: int, syntax: TransferSyntax) -> tuple[TransferSyntax, tuple[str, ...]]:
    """The syntax in the byte order that the first element has, group 8 as it is in every film, and a warning."""
    first = (8).to_bytes(2, "big" if syntax.is_little_endian else "little")
    if syntax.is_encapsulated or data[place : place + 2] != first or data[place + 4 : place + 6] not in SHORT_VRS:
        return syntax, ()
    found = EXPLICIT_BIG_ENDIAN if syntax.is_little_endian else EXPLICIT
    return found, (
        f"The file contradicts itself: its transfer syntax is {syntax.name}, but it is encoded as {found.name}. "
        "It was read as the latter.",
    )


def _body(data: bytes, place: int, syntax: TransferSyntax) -> tuple[Dataset, PixelData | None]:
    walk = Elements(data, place, is_implicit=syntax.is_implicit, is_little_endian=syntax.is_little_endian)
    elements = list(walk.rest())
    dataset = _dataset(data, elements, READ_KEYWORDS + PRIVACY_KEYWORDS, walk)
    last = next((element for element in reversed(elements) if element.tag == PIXEL_DATA), None)
    if last is None:
        return dataset, None
    vr = last.vr if last.vr in ("OB", "OW") else "OW"
    return dataset, PixelData(data[last.content : last.end], vr, last.is_undefined)


def _dataset(data: bytes, elements: list[Element], keywords: tuple[str, ...], walk: Elements) -> Dataset:
    """The elements of these keywords, beside the pixels, as bytes that are decoded when they are asked for."""
    kept = {tag_for_keyword(keyword) for keyword in keywords}
    is_cut = {tag_for_keyword(keyword) for keyword in PRIVACY_KEYWORDS}
    raw: dict[BaseTag, RawDataElement | DataElement] = {}
    reads = 0
    for element in elements:
        if element.tag not in kept:
            continue
        tag = Tag(element.tag)
        if element.tag in is_cut:  # nothing about the film depends on them, so no length is too much
            element = element._replace(end=min(element.end, element.content + MAX_VALUE_BYTES))
        is_sequence = dictionary_VR(tag) == "SQ"
        _check_length(element, MAX_SEQUENCE_BYTES if is_sequence else MAX_VALUE_BYTES)
        content = data[element.content : element.end]
        if not content:
            continue  # as if it were absent
        if is_sequence:
            raw[tag], reads = _sequence(tag, element, content, walk, reads)
            continue
        place, order, vr = element.content, walk.is_little_endian, _readable_vr(element.vr, dictionary_VR(tag))
        raw[tag] = RawDataElement(tag, vr, len(content), content, place, vr is None, order)
    dataset = Dataset(raw)
    dataset.set_original_encoding(walk.is_implicit, walk.is_little_endian, "iso8859")
    return dataset


def _readable_vr(written: str | None, expected: str) -> str | None:
    """The VR to decode a value by: that of the dictionary where writers put another text or bytes; None for unknown."""
    is_of_one_kind = written in TEXT_VRS and expected in TEXT_VRS
    return None if is_of_one_kind or written in ("OB", "OW", "UN") else written


def _check_length(element: Element, limit: int) -> None:
    if element.end - element.content > limit:
        raise UnsupportedDicomError(
            f"{tag_name(keyword_for_tag(element.tag))} is {element.end - element.content:,} bytes long. "
            f"Fovea reads at most {limit:,}."
        )


def _sequence(tag: BaseTag, element: Element, content: bytes, walk: Elements, reads: int) -> tuple[DataElement, int]:
    """The sequence; the file has had `reads` reads before it, and has had the returned number then."""
    # PS3.5 6.2.2: a sequence of unknown VR is encoded as Implicit VR Little Endian.
    is_unknown = element.vr == "UN"
    is_implicit, is_little_endian = element.vr is None or is_unknown, walk.is_little_endian or is_unknown
    stream = _MeteredStream(content, reads)
    try:
        items = read_sequence(stream, is_implicit, is_little_endian, len(content), "iso8859")
    except PARSER_ERRORS:  # its own error at the last read comes as one of the parser's
        is_spent = stream.reads > MAX_READS
        raise (UnreadableImageError(TOO_MANY_ELEMENTS) if is_spent else damaged(keyword_for_tag(tag))) from None
    return DataElement(tag, "SQ", items), stream.reads


def _completed(dataset: Dataset, meta: Dataset) -> tuple[str, ...]:
    """PS3.10 section 7.1: the meta information repeats class and instance, and stands for them where they are missing.

    Returns a warning for a class that was taken from there.
    """
    if not text(dataset, "SOPInstanceUID"):
        dataset.SOPInstanceUID = text(meta, "MediaStorageSOPInstanceUID")
    media_class = text(meta, "MediaStorageSOPClassUID")
    if text(dataset, "SOPClassUID") or not media_class:
        return ()
    dataset.SOPClassUID = media_class
    return (f"{tag_name('SOPClassUID')} is missing. (0002,0002) MediaStorageSOPClassUID was taken in its place.",)


class _MeteredStream(io.BytesIO):
    """Bytes that can be read MAX_READS times: the parser skips what it does not keep, and reads item by item.

    `reads` are those that the file has had already.
    """

    def __init__(self, content: bytes, reads: int = 0) -> None:
        super().__init__(content)
        self.reads = reads

    def read(self, size: int | None = -1, /) -> bytes:
        self.reads += 1
        if self.reads > MAX_READS:
            raise UnreadableImageError(TOO_MANY_ELEMENTS)
        return super().read(size)


def _inflated(compressed: bytes) -> bytes:
    """PS3.5 section A.5, with a bound: a small file can inflate to a thousand times its size."""
    if _is_bare_data_set(compressed):
        raise UnreadableImageError(
            "The DICOM file contradicts itself: its transfer syntax is Deflated Explicit VR Little Endian, but its "
            "data set is not deflated. Export it again."
        )
    # Some writers leave zlib's header in front (RFC 1950).
    inflater = zlib.decompressobj(zlib.MAX_WBITS if compressed.startswith(ZLIB_STARTS) else -zlib.MAX_WBITS)
    try:
        content = inflater.decompress(compressed, MAX_INFLATED_BYTES)
    except zlib.error:
        raise UnreadableImageError("The DICOM file is damaged: its deflated data set cannot be inflated.") from None
    if inflater.unconsumed_tail:
        raise ImageTooLargeError(
            f"The DICOM file inflates to over {MAX_INFLATED_BYTES / 1e6:,.0f} MB. Send a smaller one."
        )
    if not inflater.eof:
        raise UnreadableImageError("The DICOM file is truncated: its deflated data set ends too early.")
    return content


def _silence_pydicom() -> None:
    """Its warnings quote the offending value, which may be a patient's name."""
    pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
    pydicom.config.logger.disabled = True
    warnings.filterwarnings("ignore", module=r"pydicom\b.*")
