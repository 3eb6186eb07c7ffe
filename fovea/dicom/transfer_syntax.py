"""The transfer syntaxes of PS3.5 section 10 and annex A: those that are read, and the names of those that are not."""

import re
from dataclasses import dataclass

import pydicom.uid

from fovea.errors import UnreadableImageError, UnsupportedFormatError
from fovea.listing import all_of


@dataclass(frozen=True)
class TransferSyntax:
    """How a data set is encoded (PS3.5 section 10 and annex A)."""

    uid: str
    name: str
    is_implicit: bool = False
    is_little_endian: bool = True
    is_deflated: bool = False
    is_encapsulated: bool = False
    is_lossy: bool = False

    @property
    def is_jpeg_2000(self) -> bool:
        """With its high-throughput form, which only codes the blocks in another way (ISO 15444-15)."""
        return "JPEG 2000" in self.name

    @property
    def is_rle(self) -> bool:
        return self.name == "RLE Lossless"


IMPLICIT = TransferSyntax("1.2.840.10008.1.2", "Implicit VR Little Endian", is_implicit=True)
EXPLICIT = TransferSyntax("1.2.840.10008.1.2.1", "Explicit VR Little Endian")
EXPLICIT_BIG_ENDIAN = TransferSyntax("1.2.840.10008.1.2.2", "Explicit VR Big Endian", is_little_endian=False)
JPEG_FIRST_ORDER = TransferSyntax(
    "1.2.840.10008.1.2.4.70", "JPEG Lossless, first-order prediction", is_encapsulated=True
)
SYNTAXES = {
    syntax.uid: syntax
    for syntax in (
        IMPLICIT,
        EXPLICIT,
        TransferSyntax("1.2.840.10008.1.2.1.99", "Deflated Explicit VR Little Endian", is_deflated=True),
        EXPLICIT_BIG_ENDIAN,
        TransferSyntax("1.2.840.10008.1.2.4.50", "JPEG Baseline", is_encapsulated=True, is_lossy=True),
        TransferSyntax("1.2.840.10008.1.2.4.51", "JPEG Extended", is_encapsulated=True, is_lossy=True),
        TransferSyntax("1.2.840.10008.1.2.4.57", "JPEG Lossless", is_encapsulated=True),
        JPEG_FIRST_ORDER,
        TransferSyntax("1.2.840.10008.1.2.4.80", "JPEG-LS Lossless", is_encapsulated=True),
        TransferSyntax("1.2.840.10008.1.2.4.81", "JPEG-LS Near-lossless", is_encapsulated=True, is_lossy=True),
        TransferSyntax("1.2.840.10008.1.2.4.90", "JPEG 2000 Lossless", is_encapsulated=True),
        TransferSyntax("1.2.840.10008.1.2.4.91", "JPEG 2000", is_encapsulated=True, is_lossy=True),
        TransferSyntax("1.2.840.10008.1.2.4.201", "High-Throughput JPEG 2000 Lossless", is_encapsulated=True),
        TransferSyntax("1.2.840.10008.1.2.4.202", "High-Throughput JPEG 2000 Lossless with RPCL", is_encapsulated=True),
        TransferSyntax("1.2.840.10008.1.2.4.203", "High-Throughput JPEG 2000", is_encapsulated=True, is_lossy=True),
        TransferSyntax("1.2.840.10008.1.2.5", "RLE Lossless", is_encapsulated=True),
    )
}
# PS3.6 table A-1 beyond the edition that pydicom knows.
NEWER_NAMES = {
    "1.2.840.10008.1.2.4.110": "JPEG XL Lossless",
    "1.2.840.10008.1.2.4.111": "JPEG XL JPEG Recompression",
    "1.2.840.10008.1.2.4.112": "JPEG XL",
    "1.2.840.10008.1.2.8.1": "Deflated Image Frame Compression",
}
OF_THE_STANDARD = re.compile(r"1\.2\.840\.10008(\.(0|[1-9]\d*))+")  # the root of PS3.6; no patient's number is under it


def known_syntax(uid: str) -> TransferSyntax:
    """The syntax of a unique identifier. Raises UnsupportedFormatError, by name, for one that is not read."""
    if uid in SYNTAXES:
        return SYNTAXES[uid]
    registered = pydicom.uid.UID(uid)
    if registered.name != uid and registered.type != "Transfer Syntax":
        raise UnreadableImageError(
            "The DICOM file is damaged: its (0002,0010) TransferSyntaxUID identifies something else."
        )
    name = NEWER_NAMES.get(uid, registered.name)
    # Only what the standard gives out is repeated: anything else could be a date or an identity.
    if name != uid:
        shown = f"{name} ({uid})"
    elif len(uid) <= 64 and OF_THE_STANDARD.fullmatch(uid):
        shown = f"{uid}, which Fovea does not know"
    else:
        shown = "not listed in PS3.6"
    raise UnsupportedFormatError(
        f"The DICOM file's (0002,0010) TransferSyntaxUID is {shown}. "
        f"Fovea reads {all_of(syntax.name for syntax in SYNTAXES.values())}."
    )
