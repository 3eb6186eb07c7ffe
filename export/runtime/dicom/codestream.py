"""The size that a compressed image announces in its own header."""

import struct

from export.runtime.dicom.part10 import TransferSyntax
from export.runtime.errors import UnreadableImageError, UnsupportedDicomError

J2K_START = b"\xff\x4f\xff\x51"  # SOC and SIZ (ISO 15444-1 A.4.1, A.5.1)
NO_LENGTH = {0x01, *range(0xD0, 0xD9)}  # TEM, RST, SOI (ISO 10918-1 B.1.1.3)
START_OF_FRAME = {*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC}  # 0xF7 is JPEG-LS (ISO 14495-1 C.2.2)


def announced_size(frame: bytes, syntax: TransferSyntax) -> tuple[int, int]:
    """(rows, columns) of one JPEG, JPEG-LS or JPEG 2000 image."""
    return _jpeg_2000(frame) if syntax.name.startswith("JPEG 2000") else _jpeg(frame)


def _jpeg_2000(frame: bytes) -> tuple[int, int]:
    if not frame.startswith(J2K_START) or len(frame) < 42:
        raise UnreadableImageError("The DICOM file is damaged: its JPEG 2000 codestream has no header.")
    width, height, left, top = struct.unpack_from(">4I", frame, 8)
    _check_is_grey(struct.unpack_from(">H", frame, 40)[0])
    return height - top, width - left


def _jpeg(frame: bytes) -> tuple[int, int]:
    """Walks the markers to the start of the frame."""
    place = 0
    while place + 4 <= len(frame) and frame[place] == 0xFF:
        marker = frame[place + 1]
        if marker in NO_LENGTH:
            place += 2
        elif marker == 0xFF:  # a fill byte
            place += 1
        elif marker in START_OF_FRAME and place + 10 <= len(frame):
            height, width, components = struct.unpack_from(">HHB", frame, place + 5)
            _check_is_grey(components)
            return height, width
        else:
            place += 2 + struct.unpack_from(">H", frame, place + 2)[0]
    raise UnreadableImageError("The DICOM file is damaged: its JPEG image has no header.")


def _check_is_grey(components: int) -> None:
    if components != 1:
        raise UnsupportedDicomError(f"The compressed image has {components} components; grey films have 1.")
