"""Every header of a JPEG 2000 film is walked, and what it would take to decode is bounded by the film's size."""

import struct
import subprocess
import sys
import time

import numpy as np
import pytest
from films import encapsulated, film
from pydicom.uid import JPEG2000Lossless

from fovea.dicom import read_dicom
from fovea.dicom.jpeg_2000 import jpeg_2000_header
from fovea.dicom.jpeg_2000_memory import CodingStyle, Grid, decoding_bytes
from fovea.errors import ImageTooLargeError, UnreadableImageError, UnsupportedDicomError


def segment(marker, parameters=b""):
    return struct.pack(">HH", marker, len(parameters) + 2) + parameters


def size(rows=64, columns=48, *, tile=None, offset=(0, 0), tile_offset=(0, 0), components=1, step=1):
    tile_width, tile_height = tile or (columns, rows)
    corners = columns + offset[0], rows + offset[1], *offset, tile_width, tile_height, *tile_offset
    return segment(0xFF51, struct.pack(">H8IH", 0, *corners, components) + bytes([7, step, step]) * components)


def style(*, layers=1, levels=5, block=(6, 6), precinct=None, block_style=0, own=None):
    sizes = b"" if precinct is None else bytes([precinct << 4 | precinct]) * (levels + 1)
    head = struct.pack(">BBHB", bool(sizes) if own is None else own, 0, layers, 0)
    return segment(0xFF52, head + bytes([levels, block[0] - 2, block[1] - 2, block_style, 1]) + sizes)


QUANTISATION = segment(0xFF5C, b"\x40" + bytes([8 << 3]) * 16)


def part(tile=0, *segments, data=b"", length=None):
    header = b"".join(segments)
    whole = 14 + len(header) + len(data)
    numbers = struct.pack(">HIBB", tile, whole if length is None else length, 0, 1)
    return segment(0xFF90, numbers) + header + b"\xff\x93" + data


END = b"\xff\xd9"


def image(*segments, parts=None, end=END, **sizes):
    """One that says nothing of its pixels, which are grey then."""
    segments = segments or (style(), QUANTISATION)
    return b"\xff\x4f" + size(**sizes) + b"".join(segments) + (part(data=bytes(9)) if parts is None else parts) + end


@pytest.mark.parametrize(
    "codestream",
    [
        image(),
        image(end=b""),
        image(end=END + b"\0"),
        image(parts=part(data=bytes(9), length=0)),
        image(style(), QUANTISATION, segment(0xFF64, b"\0\1a comment"), segment(0xFF55, b"\0\x40")),
        image(style(precinct=7, layers=12), QUANTISATION),
        image(tile=(32, 32), parts=b"".join(part(n, data=bytes(9)) for n in range(4))),
        image(parts=part(0, segment(0xFF58, b"\0\1"), QUANTISATION, data=bytes(9)) + part(0, data=bytes(9))),
        image(offset=(100, 200), tile_offset=(90, 150), tile=(58, 114)),
    ],
)
def test_what_encoders_write_is_read(codestream):
    assert jpeg_2000_header(codestream) == (64, 48, 8, False, 1)


MANY_LAYERS = image(style(layers=65_535, precinct=7), QUANTISATION, rows=2000, columns=2000)


@pytest.mark.parametrize(
    ("codestream", "sentence"),
    [
        (image(components=3), "has 3 components. Fovea reads grey films"),
        (image(rows=4160, columns=4160, tile=(64, 64)), "over 4,096 tiles"),
        (image(style(block=(2, 2)), QUANTISATION), "code-blocks under 16 pixels"),
        (image(style(precinct=3), QUANTISATION), "precincts under 16 pixels"),
        (
            image(style(precinct=4, block=(4, 4)), QUANTISATION, rows=4000, columns=4000),
            "would take .* MB. The limit is 544",
        ),
        (
            image(style(block=(4, 4), block_style=4), QUANTISATION, rows=4000, columns=4000),
            "Decoding the compressed image would take .* MB",
        ),
        (MANY_LAYERS, "packets. Fovea reads at most 1,048,576"),
        (image(style(), style(block=(2, 2)), QUANTISATION), "coding styles for single tiles. Send"),
        (image(style(), segment(0xFF53, b"\0\0\5\0\0\0\0"), QUANTISATION), "coding styles for single tiles"),
        (image(parts=part(0, style(block=(2, 2)))), "coding styles for single tiles. Send"),
        (image(parts=part(0, data=bytes(9)) + part(0, style(block=(2, 2)))), "coding styles for single tiles"),
        (image(parts=part(0, segment(0xFF5F, bytes(7)))), "unexpected marker FF5F"),
        (image(style(), QUANTISATION, segment(0xFF60, bytes(7))), "unexpected marker FF60"),
        (image(style(), QUANTISATION, segment(0xFF78, bytes(6))), "unexpected marker FF78"),
        (image(style(), QUANTISATION, size(rows=9999)), "unexpected marker FF51"),
        (image(style(), *[segment(0xFF64)] * 17_000), "has over 16,384 segments. Send the film uncompressed"),
        (image(parts=part(0) * 17_000), "has over 16,384 segments. Send the film uncompressed"),
    ],
)
def test_what_would_exhaust_a_decoder_is_refused(codestream, sentence):
    with pytest.raises(UnsupportedDicomError, match=sentence):
        jpeg_2000_header(codestream)


@pytest.mark.parametrize(
    "codestream",
    [
        b"",
        image()[:20],
        image()[:60],
        image()[: image().index(b"\xff\x93")],
        image(QUANTISATION),
        image(step=2),
        image(tile=(0, 5)),
        image(offset=(100, 100)),  # in another tile than the first
        image(tile_offset=(1, 1)),  # behind the corner of the image
        image(style(levels=33), QUANTISATION),
        image(style(layers=0), QUANTISATION),
        image(style(block=(11, 4)), QUANTISATION),
        image(style(block=(8, 8)), QUANTISATION),
        image(style(own=1), QUANTISATION),
        image(parts=part(length=12) + part(0, style(block=(2, 2)))),
        image(parts=part(0, QUANTISATION, length=20)),
        image(parts=part(data=bytes(9), length=20)),
        image(parts=part() + b"\xff\x52"),
        image(parts=b"\xff\x90\0\x0b" + part()[4:]),
    ],
)
def test_a_broken_header_is_damaged(codestream):
    with pytest.raises(UnreadableImageError, match="its JPEG 2000 codestream has no valid header"):
        jpeg_2000_header(codestream)


def test_an_image_beyond_the_limit_is_too_large():
    with pytest.raises(ImageTooLargeError, match="65,536 x 65,536 pixels"):
        jpeg_2000_header(image(rows=65_536, columns=65_536))


@pytest.mark.parametrize(
    "codestream",
    [image(style(), QUANTISATION, *[segment(0xFF64)] * 10_000_000), image(parts=part(0) * 3_000_000, end=b"")],
    ids=["segments", "tile parts"],
)
def test_headers_without_end_are_refused_at_once(codestream):
    before = time.process_time()
    with pytest.raises(UnsupportedDicomError, match="has over 16,384 segments"):
        jpeg_2000_header(codestream)
    assert time.process_time() - before < 3


def test_code_blocks_of_the_lowest_resolution_are_of_one_band_and_of_others_of_three():
    grid, halved = Grid(0, 0, 256, 256, 256, 256, 0, 0), CodingStyle(1, (6, 6), ((15, 15),) * 2, False)
    # 128 x 128 in blocks of 64, and one more each way: 16 in each of three bands, and in the lowest
    assert list(halved.code_blocks_of(grid)) == [48, 16]
    assert list(halved.precincts_of(grid)) == [4, 4]


DECODE = """
import resource, sys
from openjpeg.utils import decode
codestream = sys.stdin.buffer.read()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
decode(codestream, j2k_format=0)
print(1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before))
"""


@pytest.mark.parametrize(
    "kind",
    [
        {},
        {"block": (4, 4)},
        {"block": (4, 4), "precinct": 5},
        {"precinct": 6},
        {"precinct": 8, "layers": 60},
        {"levels": 32},
    ],
)
def test_openjpeg_stays_below_the_estimate(kind):
    codestream = image(style(**kind), QUANTISATION, rows=2000, columns=2000)
    levels = kind.get("levels", 5)
    sizes = ((kind.get("precinct", 15),) * 2,) * (levels + 1)
    coding = CodingStyle(kind.get("layers", 1), kind.get("block", (6, 6)), sizes, False)
    done = subprocess.run([sys.executable, "-c", DECODE], input=codestream, capture_output=True, check=True, timeout=60)
    assert int(done.stdout) < decoding_bytes(Grid(0, 0, 2000, 2000, 2000, 2000, 0, 0), coding)


def test_a_film_whose_header_asks_for_too_much_is_refused_as_a_whole():
    frame = image(style(block=(4, 4), precinct=4), QUANTISATION, rows=2000, columns=3000)
    with pytest.raises(UnsupportedDicomError, match=r"would take .* MB. The limit is 224 MB for 3,000 x 2,000"):
        read_dicom(encapsulated(film(np.zeros((2000, 3000), np.uint8)), frame, JPEG2000Lossless))
