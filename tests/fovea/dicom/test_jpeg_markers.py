"""A grey JPEG image is one frame in one scan; whatever else its markers announce is refused before it is decoded."""

import resource
import struct
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import jpeg_ls
import numpy as np
import pytest
from films import encapsulated, film, jpeg, lossless_jpeg
from pydicom.uid import JPEGBaseline8Bit

from fovea.dicom import read_dicom
from fovea.dicom.jpeg_markers import frame_header
from fovea.errors import UnreadableImageError, UnsupportedDicomError
from fovea.jpeg_markers import FrameHeader

GREY = np.random.default_rng(5).integers(0, 256, (24, 40), dtype=np.uint8)
FRAME = jpeg(GREY, quality=90)
HOSTILE = Path(__file__).parents[4] / "shared" / "cases" / "hostile"


def segment(marker, parameters=b""):
    return struct.pack(">BBH", 0xFF, marker, len(parameters) + 2) + parameters


def size(rows, columns):
    return struct.pack(">BHHBBBB", 8, rows, columns, 1, 1, 0x11, 0)


SCAN = FRAME[FRAME.index(b"\xff\xda") : -2]


def before_the_frame(*segments):
    return FRAME[:2] + b"".join(segments) + FRAME[2:]


def before_the_end(*parts):
    return FRAME[:-2] + b"".join(parts) + FRAME[-2:]


@pytest.mark.parametrize(
    ("frame", "sentence"),
    [
        (before_the_frame(segment(0xDE, size(4096, 4096))), "is a progressive, hierarchical or arithmetic JPEG"),
        (before_the_end(segment(0xDF, b"\x11"), segment(0xC5, size(0, 40))), "is a progressive, hierarchical"),
        (before_the_end(segment(0xC5, size(24, 40)), SCAN), "is a progressive, hierarchical or arithmetic JPEG"),
        (before_the_end(segment(0xC0, size(4096, 4096)), SCAN), "unexpected marker FFC0. Send the film uncompressed"),
        (before_the_frame(segment(0xC0, size(24, 40))), "unexpected marker FFC0"),
        (before_the_end(SCAN), "unexpected marker FFDA. Send the film uncompressed"),
        (before_the_end(FRAME), "unexpected marker FFD8"),
        (before_the_end(segment(0xDC, b"\x10\x00")), "unexpected marker FFDC"),
        (before_the_frame(segment(0xEB, b"JP\0\0residual")), "unexpected marker FFEB"),
        (before_the_frame(segment(0xF8, b"\x04\x02\x10\x00\x10\x00")), "unexpected marker FFF8"),
        (FRAME + FRAME, "has data after its end marker. Send the film uncompressed"),
        (FRAME + b"\0\0x", "has data after its end marker"),
        (before_the_frame(*[segment(0xE0)] * 600), "has over 512 marker segments. Send the film uncompressed"),
    ],
)
def test_more_than_one_frame_in_one_scan_is_refused(frame, sentence):
    with pytest.raises(UnsupportedDicomError, match=sentence):
        read_dicom(encapsulated(film(GREY), frame, JPEGBaseline8Bit))


@pytest.mark.parametrize(
    "frame",
    [
        FRAME,
        FRAME + b"\0\xff\0",
        before_the_frame(segment(0xE2, bytes(60_000)), segment(0xFE, b"a comment with \xff\xd9 and \xff\xc2 in it")),
        before_the_frame(*[segment(0xE2)] * 255),
        FRAME.replace(b"\xff\xda", b"\xff\xff\xff\xda"),
        jpeg(GREY, restart_marker_blocks=1),
        lossless_jpeg(GREY, 8),
        bytes(jpeg_ls.encode_array(GREY)),
    ],
    ids=["plain", "padded", "with comments", "with a profile", "with fill bytes", "restarts", "lossless", "jpeg-ls"],
)
def test_one_frame_in_one_scan_is_read(frame):
    assert frame_header(frame) == FrameHeader(8, 24, 40, 1)


def test_stuffed_bytes_of_jpeg_ls_are_data():
    frame = bytes(jpeg_ls.encode_array(np.tile(GREY, (10, 10)) // 2 * 2))
    data = frame[frame.index(b"\xff\xda") + 10 : -2]
    assert any(byte == 0xFF and 0 < following < 0x80 for byte, following in pairwise(data))
    assert frame_header(frame) == FrameHeader(8, 240, 400, 1)


@pytest.mark.parametrize("length", [0, 2, 30, FRAME.index(b"\xff\xc0") + 6, len(FRAME) // 2, len(FRAME) - 2])
def test_an_image_that_breaks_off_is_damaged(length):
    with pytest.raises(UnreadableImageError, match="no valid header or no end marker"):
        frame_header(FRAME[:length])


HUGE = 64_000_000
HEAD = FRAME[: FRAME.index(b"\xff\xda") + 10]


@pytest.mark.parametrize(
    "frame",
    [FRAME[:2] + segment(0xE0) * (HUGE // 4), b"\xff" * HUGE, HEAD + b"\xff" * HUGE, HEAD + b"\xff\0" * (HUGE // 2)],
    ids=["empty segments", "fill bytes", "fill bytes in the data", "stuffed bytes"],
)
def test_64_megabytes_of_markers_cost_no_more_than_reading_them(frame):
    before, memory = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises((UnreadableImageError, UnsupportedDicomError)):
        frame_header(frame)
    assert time.process_time() - before < 5
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory) // 1024 < 150


READ_IN_LITTLE = """
import resource, sys
from fovea.dicom import read_dicom
from fovea.errors import UnsupportedDicomError
resource.setrlimit(resource.RLIMIT_AS, (3_000_000_000, 3_000_000_000))
try:
    read_dicom(open(sys.argv[1], "rb").read())
except UnsupportedDicomError as error:
    print(error)
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("freeze.dcm", "is a progressive, hierarchical or arithmetic JPEG"),
        ("big.dcm", "is a progressive, hierarchical or arithmetic JPEG"),
        ("j2k_codeblocks.dcm", "has code-blocks under 16 pixels"),
    ],
)
def test_small_files_that_end_a_process_are_refused(name, sentence):
    if not (HOSTILE / name).is_file():
        pytest.skip(f"{name} is not in ../shared/cases/hostile")
    done = subprocess.run(
        [sys.executable, "-c", READ_IN_LITTLE, HOSTILE / name], capture_output=True, text=True, timeout=20
    )
    assert done.returncode == 0, done.stderr
    said, peak_kb = done.stdout.splitlines()
    assert sentence in said
    assert int(peak_kb) < 200_000
