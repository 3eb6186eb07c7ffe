"""The JPEG image of a photo: its first one, with the segments that a decoder needs and without what describes it.

Pillow unfolds all EXIF data while it opens a file, and many small entries may share one large value. What follows the
image in the file is dropped: phones put further images, depth maps, gain maps and films there.
"""

from fovea.colour_profile import told_profile
from fovea.errors import UnreadableImageError, UnsupportedFormatError
from fovea.jpeg_markers import (
    END_OF_IMAGE,
    FRAMES,
    HIERARCHICAL,
    START_OF_IMAGE,
    START_OF_SCAN,
    BrokenMarkersError,
    FrameHeader,
    Segment,
    segments,
)
from fovea.size import check_size

APP0, APP1, APP2, APP14, DNL = 0xE0, 0xE1, 0xE2, 0xEE, 0xDC
READ_FRAMES = {0xC0, 0xC1, 0xC2}  # baseline, extended, progressive; cameras and browsers know no others
READ_BITS = 8
OTHER_PROCESSES = (FRAMES - READ_FRAMES) | HIERARCHICAL | {0xCC}  # lossless, arithmetic, hierarchical, JPEG-LS; DAC
PROCESSES = dict.fromkeys((0xC3, 0xC7), "is lossless: it ")
PROCESSES |= dict.fromkeys((0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF, 0xCC), "is coded arithmetically: it ")
PROCESSES |= dict.fromkeys((0xC5, 0xC6, 0xDE), "is hierarchical: it ") | {0xF7: "is JPEG-LS: it "}
TABLES = {0xC4, 0xDB, DNL, 0xDD}  # DHT, DQT, DNL, DRI
DESCRIPTIONS = {*range(APP0, 0xF0), 0xFE}  # APPn, COM
# They say whether samples are YCbCr, RGB, CMYK or YCCK, if they have at least so many bytes.
COLOUR = ((APP0, b"JFIF\0", 14), (APP14, b"Adobe", 12))
EXIF, XMP, PROFILE = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0", b"ICC_PROFILE\0"
END = bytes((0xFF, END_OF_IMAGE))
ALL_COEFFICIENTS = (1 << 64) - 1
MAX_SEGMENTS = 4096  # a depth map in XMP takes some hundreds, a colour profile up to 255
MAX_TABLES = 64  # before the first scan; a photo has under 20
MAX_SCANS = 500  # progressive photos have about ten
# Each scan goes through all the pixels again, a millisecond for a million of them, however little it says.
MAX_SCANNED_MEGAPIXELS = 2000


def without_descriptions(data: bytes) -> tuple[bytes, dict[str, bytes]]:
    """The first image of a JPEG file without APPn and COM segments, its first EXIF and XMP segments and its profile.

    They are named as in Pillow's `info`. The image ends with END where the file has its end marker.

    Raises:
        UnsupportedFormatError: another process or other bits than photos have, a second frame, over 4096 segments, over
            64 of tables before the first scan, over 500 scans, or more of them than the size bears.
        ImageTooLargeError: more than 64 megapixels.
        UnreadableImageError: no scan, or a segment that reaches beyond the end.
    """
    walk = _Walk(data)
    try:
        for segment in segments(data, skips_other_bytes=True):
            walk.take(segment)
    except BrokenMarkersError:
        raise _damaged() from None
    if not walk.scans:
        raise _damaged()
    if not walk.has_all:
        raise UnreadableImageError("The JPEG file is truncated: some of its scans are missing.")
    return walk.reduced(), walk.told()


class _Walk:
    """From segment to segment of one image: what is kept of it, and how much of each kind there has been."""

    def __init__(self, data: bytes) -> None:
        self._data, self._kept, self._place = data, [memoryview(bytes((0xFF, START_OF_IMAGE)))], 2
        self._frame: FrameHeader | None = None
        self._segments = 0
        self.scans = 0
        self.info: dict[str, bytes] = {}
        self._profile_parts: dict[int, bytes] = {}
        self._precise: dict[int, int] = {}  # for each component the coefficients that have all their bits
        self._has_end = False
        self._end = len(data)

    def reduced(self) -> bytes:
        return b"".join([*self._kept, memoryview(self._data)[self._place : self._end]])

    @property
    def has_all(self) -> bool:
        """Whether an image without end has every coefficient of every component; one with an end says that it has."""
        components = 0 if self._frame is None else self._frame.components
        return self._has_end or list(self._precise.values()) == [ALL_COEFFICIENTS] * components

    def told(self) -> dict[str, bytes]:
        """What the image says of itself; a profile is one where all its parts are there (ICC.1:2022 annex B.4)."""
        parts = self._profile_parts
        is_whole = bool(parts) and sorted(parts) == list(range(1, len(parts) + 1))
        profile = b"".join(parts[number] for number in sorted(parts))
        return self.info | (told_profile(profile) if is_whole else {})

    def take(self, segment: Segment) -> None:
        self._segments += 1
        if self._segments > MAX_SEGMENTS or (not self.scans and len(self._kept) > MAX_TABLES):
            raise UnsupportedFormatError(
                f"The JPEG file has over {MAX_SEGMENTS:,} segments or {MAX_TABLES} tables. "
                "Save it again as a plain JPEG."
            )
        marker = segment.marker
        if marker == END_OF_IMAGE:
            self._end, self._has_end = segment.end, True
        elif marker in READ_FRAMES and self._frame is None:
            self._frame = _read_frame(self._data, segment)
        elif marker in FRAMES | OTHER_PROCESSES:
            named = PROCESSES.get(marker, "") if self._frame is None else ""
            raise UnsupportedFormatError(
                f"The JPEG file {named}has the unexpected marker FF{marker:02X}. "
                "Fovea reads one baseline or progressive image."
            )
        elif marker == START_OF_SCAN and self._frame is not None:
            self._count_scan(self._frame)
            self._note_coefficients(segment)
        elif marker == DNL and self._frame is not None:
            self._check_lines(segment, self._frame)
        elif marker not in TABLES | DESCRIPTIONS:
            raise _damaged()
        self._keep(segment)

    def _count_scan(self, frame: FrameHeader) -> None:
        self.scans += 1
        most = min(MAX_SCANS, max(1, MAX_SCANNED_MEGAPIXELS * 1_000_000 // (frame.rows * frame.columns)))
        if self.scans > most:
            raise UnsupportedFormatError(
                f"The JPEG file has over {most} scans, the limit for {frame.columns:,} x {frame.rows:,} pixels. "
                "Save it again as a baseline JPEG."
            )

    def _note_coefficients(self, scan: Segment) -> None:
        """Which ones this scan completes (ISO 10918-1 B.2.3 and G.1.1.1)."""
        parameters = self._data[scan.content : scan.end]
        components = parameters[1 : 1 + 2 * parameters[0] : 2] if parameters else b""
        if len(parameters) != 4 + 2 * len(components):
            raise _damaged()
        first, last, approximation = parameters[-3:]
        for component in components:
            done = (2 << min(last, 63)) - (1 << min(first, 63)) if approximation & 0x0F == 0 else 0
            self._precise[component] = self._precise.get(component, 0) | done

    def _check_lines(self, segment: Segment, frame: FrameHeader) -> None:
        """DNL repeats the number of lines, or gives it where the frame's header is silent (ISO 10918-1 B.2.5)."""
        if int.from_bytes(self._data[segment.content : segment.end]) != frame.rows:
            raise UnreadableImageError("The JPEG file is damaged: two of its headers give different heights.")

    def _keep(self, segment: Segment) -> None:
        """Behind the first scan, where coded data lie between segments, everything stays but the descriptions."""
        data, start = self._data, self._place if self.scans else segment.start
        if segment.marker not in DESCRIPTIONS or _says_colour(data, segment):
            self._kept.append(memoryview(data)[start : segment.end])
        elif self.scans:
            self._kept.append(memoryview(data)[start : segment.start])
        elif segment.marker == APP1 and data.startswith(EXIF, segment.content):
            self.info.setdefault("exif", data[segment.content : segment.end])
        elif segment.marker == APP1 and data.startswith(XMP, segment.content):
            self.info.setdefault("xmp", data[segment.content + len(XMP) : segment.end])
        elif segment.marker == APP2 and data.startswith(PROFILE, segment.content):
            place = segment.content + len(PROFILE)
            if place + 2 <= segment.end:  # the part's number and how many there are
                self._profile_parts.setdefault(data[place], data[place + 2 : segment.end])
        self._place = segment.end


def _read_frame(data: bytes, segment: Segment) -> FrameHeader:
    frame = FrameHeader.of(data, segment)
    if frame.bits != READ_BITS:
        raise UnsupportedFormatError(f"The JPEG file has {frame.bits} bits a sample. Fovea reads JPEG of {READ_BITS}.")
    check_size(frame.columns, frame.rows)
    return frame


def _says_colour(data: bytes, segment: Segment) -> bool:
    length = segment.end - segment.content
    return any(
        segment.marker == marker and length >= least and data.startswith(name, segment.content)
        for marker, name, least in COLOUR
    )


def _damaged() -> UnreadableImageError:
    return UnreadableImageError("The JPEG file is damaged: its header cannot be read.")
