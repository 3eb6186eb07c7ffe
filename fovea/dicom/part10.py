"""The file format of PS3.10: meta information first, then the data set in the transfer syntax that it names."""

import io
import warnings
import zlib
from dataclasses import dataclass

import pydicom.config
from pydicom.datadict import dictionary_VR, keyword_for_tag
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.filereader import read_dataset, read_sequence
from pydicom.tag import BaseTag, Tag

from fovea.dicom.damage import PARSER_ERRORS
from fovea.dicom.tags import READ_KEYWORDS, damaged, tag_name
from fovea.errors import (
    ImageTooLargeError,
    UnreadableImageError,
    UnsupportedDicomError,
    UnsupportedFormatError,
)
from fovea.listing import all_of
from fovea.size import MAX_MEGAPIXELS

PREAMBLE_BYTES = 128
PIXEL_DATA = 0x7FE00010
PREFIX = b"DICM"
# The largest image at two bytes a sample, and a megabyte for everything that is not pixels.
MAX_INFLATED_BYTES = MAX_MEGAPIXELS * 2_000_000 + 1_000_000
# A header has a few hundred elements of three reads each; one made to exhaust memory has millions.
MAX_READS = 60_000
TOO_MANY_ELEMENTS = "The DICOM file has too many elements for a film."
# Values other than pixels: the longest that are read are tables in a sequence, eight of 65,536 two-byte entries, each
# with a kilobyte for what stands beside it.
MAX_VALUE_BYTES, MAX_SEQUENCE_BYTES = 4096, 8 * (131_072 + 1024)


@dataclass(frozen=True)
class TransferSyntax:
    """How a data set is encoded (PS3.5 section 10 and annex A)."""

    uid: str
    name: str
    is_implicit: bool = False
    is_little_endian: bool = True
    is_deflated: bool = False
    is_encapsulated: bool = False

    @property
    def is_jpeg_2000(self) -> bool:
        return self.name.startswith("JPEG 2000")


SYNTAXES = {
    syntax.uid: syntax
    for syntax in (
        TransferSyntax("1.2.840.10008.1.2", "Implicit VR Little Endian", is_implicit=True),
        TransferSyntax("1.2.840.10008.1.2.1", "Explicit VR Little Endian"),
        TransferSyntax("1.2.840.10008.1.2.1.99", "Deflated Explicit VR Little Endian", is_deflated=True),
        TransferSyntax("1.2.840.10008.1.2.2", "Explicit VR Big Endian", is_little_endian=False),
        TransferSyntax("1.2.840.10008.1.2.4.50", "JPEG Baseline", is_encapsulated=True),
        TransferSyntax("1.2.840.10008.1.2.4.51", "JPEG Extended", is_encapsulated=True),
        TransferSyntax("1.2.840.10008.1.2.4.57", "JPEG Lossless", is_encapsulated=True),
        TransferSyntax("1.2.840.10008.1.2.4.70", "JPEG Lossless, first-order prediction", is_encapsulated=True),
        TransferSyntax("1.2.840.10008.1.2.4.80", "JPEG-LS Lossless", is_encapsulated=True),
        TransferSyntax("1.2.840.10008.1.2.4.81", "JPEG-LS Near-lossless", is_encapsulated=True),
        TransferSyntax("1.2.840.10008.1.2.4.90", "JPEG 2000 Lossless", is_encapsulated=True),
        TransferSyntax("1.2.840.10008.1.2.4.91", "JPEG 2000", is_encapsulated=True),
        TransferSyntax("1.2.840.10008.1.2.5", "RLE Lossless", is_encapsulated=True),
    )
}


def is_dicom(data: bytes) -> bool:
    """Whether the bytes carry the prefix of a Part 10 file (PS3.10 section 7.1)."""
    return data[PREAMBLE_BYTES : PREAMBLE_BYTES + len(PREFIX)] == PREFIX


def parse(data: bytes) -> tuple[Dataset, TransferSyntax]:
    """The data set, of which only the elements of `tags.READ_KEYWORDS` are kept, and its encoding."""
    if not is_dicom(data):
        raise UnsupportedFormatError("The file is not DICOM: the prefix DICM of PS3.10 section 7.1 is missing.")
    _silence_pydicom()
    stream = _MeteredStream(data)
    stream.seek(PREAMBLE_BYTES + len(PREFIX))
    try:
        # PS3.10 section 7.1: the meta information is always Explicit VR Little Endian.
        meta = read_dataset(
            stream,
            is_implicit_VR=False,
            is_little_endian=True,
            stop_when=_is_past_meta,
            specific_tags=[Tag("TransferSyntaxUID")],
        )
        _check_lengths(meta)
        uid = str(meta.get("TransferSyntaxUID") or "")
    except PARSER_ERRORS:
        raise UnreadableImageError("The DICOM file is damaged: its meta information cannot be read.") from None
    if not uid:
        raise UnreadableImageError("The DICOM file has no (0002,0010) TransferSyntaxUID, which says how to read it.")
    syntax = _known(uid)
    if syntax.is_deflated:
        stream = _MeteredStream(_inflated(data[stream.tell() :]))
    try:
        dataset = read_dataset(
            stream,
            is_implicit_VR=syntax.is_implicit,
            is_little_endian=syntax.is_little_endian,
            specific_tags=[Tag(keyword) for keyword in READ_KEYWORDS],
        )
    except PARSER_ERRORS:
        raise UnreadableImageError("The DICOM file is truncated or damaged: its data set cannot be read.") from None
    _check_lengths(dataset)
    _read_sequences(dataset, stream.reads)
    return dataset, syntax


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


def _check_lengths(dataset: Dataset) -> None:
    """On the bytes as they are in the file, before any value is decoded."""
    for tag in dataset.keys():  # noqa: SIM118 - iterating over the data set itself would decode its values
        element = dataset.get_item(tag)
        if tag == PIXEL_DATA or element is None or not isinstance(element.value, bytes):
            continue
        limit = MAX_SEQUENCE_BYTES if dictionary_VR(tag) == "SQ" else MAX_VALUE_BYTES
        if len(element.value) > limit:
            raise UnsupportedDicomError(
                f"{tag_name(keyword_for_tag(tag))} is {len(element.value):,} bytes long. Fovea reads at most {limit:,}."
            )


def _read_sequences(dataset: Dataset, reads: int) -> None:
    """Those that pydicom keeps as bytes until they are asked for; the file has had `reads` reads already."""
    for tag in dataset.keys():  # noqa: SIM118 - as above
        element = dataset.get_item(tag)
        if not isinstance(element, RawDataElement) or dictionary_VR(tag) != "SQ" or not element.value:
            continue
        # PS3.5 6.2.2: a sequence of unknown VR is encoded as Implicit VR Little Endian.
        is_unknown = element.VR == "UN"
        content = _MeteredStream(element.value, reads)
        is_implicit, is_little_endian = element.is_implicit_VR or is_unknown, element.is_little_endian or is_unknown
        try:
            items = read_sequence(content, is_implicit, is_little_endian, len(element.value), "iso8859")
        except PARSER_ERRORS:  # its own error at the last read comes as one of the parser's
            is_spent = content.reads > MAX_READS
            raise (UnreadableImageError(TOO_MANY_ELEMENTS) if is_spent else damaged(keyword_for_tag(tag))) from None
        reads = content.reads
        dataset[tag] = DataElement(tag, "SQ", items)


def _is_past_meta(tag: BaseTag, _vr: str | None, _length: int) -> bool:
    return tag.group != 2


def _known(uid: str) -> TransferSyntax:
    if uid not in SYNTAXES:
        name = pydicom.uid.UID(uid).name
        # Only a registered name is repeated: what is not in the registry could be anything.
        shown = f"{name} ({uid})" if name != uid else "not listed in PS3.6"
        allowed = all_of(syntax.name for syntax in SYNTAXES.values())
        raise UnsupportedFormatError(
            f"The DICOM file's (0002,0010) TransferSyntaxUID is {shown}. Fovea reads {allowed}."
        )
    return SYNTAXES[uid]


def _inflated(compressed: bytes) -> bytes:
    """PS3.5 section A.5, with a bound: a small file can inflate to a thousand times its size."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
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
