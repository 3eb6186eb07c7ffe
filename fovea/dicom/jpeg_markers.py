"""The markers that the JPEG or JPEG-LS image of a film has: one frame in one scan, and nothing else."""

from typing import NamedTuple

from fovea.errors import UnreadableImageError, UnsupportedCompressionError
from fovea.jpeg_markers import (
    END_OF_IMAGE,
    FRAMES,
    HIERARCHICAL,
    JPEG_LS,
    START_OF_SCAN,
    BrokenMarkersError,
    FrameHeader,
    Segment,
    segments,
)

APP11, LSE = 0xEB, 0xF8
SEQUENTIAL, LOSSLESS = {0xC0, 0xC1}, 0xC3  # baseline and extended; SOF3
READ_FRAMES = {*SEQUENTIAL, LOSSLESS, JPEG_LS}  # one scan each (PS3.5 A.4.1, A.4.3)
OTHER_PROCESSES = (FRAMES - READ_FRAMES) | HIERARCHICAL | {0xCC}  # progressive, hierarchical or arithmetic; DAC
TABLES = {0xC4, 0xDB, 0xDD, *range(0xE0, 0xF0), LSE, 0xFE}  # DHT, DQT, DRI, APP, COM
MAX_SEGMENTS = 512  # a colour profile may take 255 (ICC.1 B.4), the rest a handful
OVERSIZE = 4  # parameters of JPEG-LS that replace the size (ISO 14495-1 C.2.4.1.4)
JPEG_XT = b"JP"  # boxes with further codestreams (ISO 18477-3 B.2)
PADDING = b"\0\xff \xd9"  # writers put each of them behind the end, the marker itself again too


class FilmJpeg(NamedTuple):
    """The frame's header, the marker of its process, and where in the image its segments and its data end."""

    header: FrameHeader
    process: int
    frame: Segment
    scan: Segment
    data_end: int
    end: int


def frame_header(image: bytes) -> FrameHeader:
    """What the one frame of `image` announces; raises as `film_jpeg`."""
    return film_jpeg(image).header


def film_jpeg(image: bytes) -> FilmJpeg:
    """The one frame and the one scan of `image`.

    Raises:
        UnsupportedCompressionError: another process, more than one frame, scan or image, or too many segments.
        UnreadableImageError: a marker or a length is missing where the one before it ends.
    """
    try:
        film = _walked(image)
    except BrokenMarkersError:
        raise UnreadableImageError(
            "The DICOM file is damaged: its JPEG image has no valid header or no end marker."
        ) from None
    # One byte of any value makes the length even (PS3.5 A.4).
    if len(image) - film.end > 1 and image[film.end :].translate(None, delete=PADDING):
        raise UnsupportedCompressionError(
            "The compressed image has data after its end marker. Send the film uncompressed."
        )
    return film


def _walked(image: bytes) -> FilmJpeg:
    header, frame, scan, data_end = None, None, None, 0
    for number, segment in enumerate(segments(image, skips_other_bytes=False)):
        if number == MAX_SEGMENTS:
            raise UnsupportedCompressionError(
                f"The compressed image has over {MAX_SEGMENTS} marker segments. Send the film uncompressed."
            )
        if scan is not None and not data_end:
            data_end = segment.start
        if segment.marker == END_OF_IMAGE and header is not None and frame is not None and scan is not None:
            return FilmJpeg(header, frame.marker, frame, scan, data_end, segment.end)
        if segment.marker in READ_FRAMES and header is None:
            header, frame = FrameHeader.of(image, segment), segment
        elif segment.marker == START_OF_SCAN and header is not None and scan is None:
            scan = segment
        else:
            _check_is_table(image, segment)
    raise BrokenMarkersError


def _check_is_table(image: bytes, segment: Segment) -> None:
    if segment.marker == END_OF_IMAGE:  # before any pixel
        raise BrokenMarkersError
    if segment.marker in OTHER_PROCESSES:
        raise UnsupportedCompressionError(
            "The compressed image is a progressive, hierarchical or arithmetic JPEG. Its transfer syntax "
            "stands for sequential JPEG with Huffman codes."
        )
    is_further_image = (segment.marker == APP11 and image.startswith(JPEG_XT, segment.content)) or (
        segment.marker == LSE and image[segment.content : segment.content + 1] == bytes((OVERSIZE,))
    )
    if segment.marker not in TABLES or is_further_image:
        raise UnsupportedCompressionError(
            f"The compressed image has the unexpected marker FF{segment.marker:02X}. Send the film uncompressed."
        )
