"""A photo is one frame of one image with a bounded number of scans; what else its markers announce is not decoded."""

import io
import struct
import time

import numpy as np
import pytest
from cost import cost_of
from PIL import Image

from fovea import ImageTooLargeError, UnreadableImageError, UnsupportedFormatError
from fovea.images import decode
from fovea.jpeg_segments import MAX_SCANS, without_descriptions

PHOTO = Image.fromarray(np.random.default_rng(0).integers(0, 256, (48, 72, 3), dtype=np.uint8))


def encoded(**options):
    stream = io.BytesIO()
    PHOTO.save(stream, "JPEG", **options)
    return stream.getvalue()


def segment(marker, content=b""):
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def frame(marker, height=48, width=72):
    return segment(marker, struct.pack(">BHHB", 8, height, width, 1) + bytes([1, 0x11, 0]))


def scans(count, side, *, data=b"\x7f\xff\0"):
    """A grey progressive JPEG of one scan of coefficients and `count` refinements in which nothing changes."""
    blocks = (-(-side // 8)) ** 2
    refinement = segment(0xDA, bytes([1, 1, 0, 1, 63, 0x21])) + data * (blocks // 32_767 + 1)
    return b"".join(
        [
            b"\xff\xd8",
            segment(0xDB, b"\0" + b"\1" * 64),
            frame(0xC2, side, side),
            segment(0xC4, b"\x00\1" + bytes(15) + b"\0"),  # one code, of one bit: no difference
            segment(0xC4, b"\x10\1" + bytes(15) + b"\xe0"),  # one code: the end of up to 32,767 blocks
            segment(0xDA, bytes([1, 1, 0, 0, 0, 1])) + bytes(blocks // 8 + 1),
            refinement * count,
            b"\xff\xd9",
        ]
    )


def test_a_progressive_photo_of_many_scans_is_read():
    assert decode(scans(MAX_SCANS - 1, 64), 1).size == (64, 64)
    assert np.array_equal(decode(encoded(progressive=True), 3), Image.open(io.BytesIO(encoded(progressive=True))))


@pytest.mark.parametrize(
    ("count", "side", "most"), [(3000, 64, 500), (3000, 1000, 500), (500, 64, 500), (200, 4000, 125), (31, 8000, 31)]
)
def test_scans_without_end_are_refused_before_they_are_decoded(count, side, most):
    data, before = scans(count, side), time.process_time()
    with pytest.raises(
        UnsupportedFormatError, match=f"has over {most} scans, the limit for {side:,} x {side:,} pixels"
    ):
        decode(data, 1)
    assert time.process_time() - before < 3  # decoding the large ones takes ten times as long


def test_the_most_scans_that_are_read_cost_seconds_at_most():
    said, peak_mb, seconds = cost_of(scans(123, 4000))
    assert said == "(4000, 4000)"
    assert peak_mb < 350
    assert seconds < 15


SOUND = encoded()
SCAN = SOUND.index(b"\xff\xda")


@pytest.mark.parametrize(
    ("data", "marker"),
    [
        (SOUND[:-2] + frame(0xC0, 4096, 4096) + SOUND[SCAN:], "FFC0"),
        (SOUND[:2] + frame(0xC0) + SOUND[2:], "FFC0"),
        (SOUND[:2] + frame(0xDE, 4096, 4096) + SOUND[2:], "FFDE"),
        (SOUND[:-2] + segment(0xDF, b"\x11") + frame(0xC5, 0) + b"\xff\xd9", "FFDF"),
        (SOUND.replace(b"\xff\xc0", b"\xff\xc9"), "FFC9"),
        (SOUND.replace(b"\xff\xc0", b"\xff\xc3"), "FFC3"),
        (SOUND.replace(b"\xff\xc0", b"\xff\xf7"), "FFF7"),
        (SOUND[:2] + segment(0xCC, b"\0\1") + SOUND[2:], "FFCC"),
    ],
)
def test_another_frame_or_process_is_refused(data, marker):
    with pytest.raises(
        UnsupportedFormatError, match=f"unexpected marker {marker}. Fovea reads one baseline or progressive image"
    ):
        decode(data, 3)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (SOUND[:-2] + SOUND, "its header cannot be read"),  # an image within the image
        (SOUND[:-2] + segment(0xDC, b"\x10\0") + SOUND[-2:], "two of its headers give different heights"),
        (SOUND[:-2] + b"\xff\xfe\0\1" + SOUND[-2:], "its header cannot be read"),
        (SOUND[:-2] + b"\xff\xfe\xff\xff" + SOUND[-2:], "its header cannot be read"),
    ],
)
def test_what_contradicts_itself_is_damaged(data, sentence):
    with pytest.raises(UnreadableImageError, match=sentence):
        decode(data, 3)


def test_a_size_beyond_the_limit_is_refused_before_the_decoder_sees_it():
    with pytest.raises(ImageTooLargeError, match="65,500 x 65,500 pixels"):
        decode(SOUND[:2] + frame(0xC0, 65_500, 65_500) + SOUND[2:], 3)


@pytest.mark.parametrize(
    "behind", [SOUND, scans(3000, 64), b"\0\0\0\x18ftypmp42" + bytes(10_000), frame(0xC2, 9999, 9999), b"SEFH\1\0"]
)
def test_what_phones_put_behind_the_photo_is_dropped(behind):
    assert without_descriptions(SOUND + behind) == without_descriptions(SOUND)
    assert np.array_equal(decode(SOUND + behind, 3), decode(SOUND, 3))


def test_descriptions_between_scans_are_dropped_too():
    data = encoded(progressive=True)
    second = data.index(b"\xff\xda", data.index(b"\xff\xda") + 2)
    described = data[:second] + segment(0xE1, b"Exif\0\0" + bytes(60_000)) + data[second:]
    reduced, info = without_descriptions(described)
    assert (reduced, info) == without_descriptions(data)


def test_segments_between_scans_are_counted():
    data = encoded(progressive=True)
    second = data.index(b"\xff\xda", data.index(b"\xff\xda") + 2)
    with pytest.raises(UnsupportedFormatError, match="over 4,096 segments"):
        decode(data[:second] + segment(0xFE) * 5000 + data[second:], 3)
