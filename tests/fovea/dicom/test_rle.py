"""RLE Lossless: what segments may hold, and that hostile ones cost little."""

import contextlib
import struct
import threading
import time

import numpy as np
import pytest

from fovea.dicom.rle import decode_rle
from fovea.errors import UnreadableImageError

SIDE = 4472  # 20 megapixels
ONE_BYTE_RUN = b"\x00\x07"


def frame(*segments):
    """Header and segments (PS3.5 G.5)."""
    offsets = [64 + sum(len(segment) for segment in segments[:number]) for number in range(len(segments))]
    return struct.pack("<16L", len(segments), *offsets, *[0] * (15 - len(segments))) + b"".join(segments)


@pytest.mark.parametrize(
    ("segment", "values"),
    [
        (b"\x03\x01\x02\x03\x04", [1, 2, 3, 4]),  # a literal run
        (b"\xfd\x09", [9, 9, 9, 9]),  # a replicate run
        (b"\x80\xff\x09\x80\x01\x01\x02", [9, 9, 1, 2]),  # 128 says nothing
        (b"\xff\x09\xff\x08\x00", [9, 9, 8, 8]),  # a padding byte to an even length
        (b"\x03\x01\x02\x00\x00" + b"\x00" * 9, [1, 2, 0, 0]),  # more of them than needed
    ],
)
def test_runs_are_unfolded(segment, values):
    assert decode_rle(frame(segment), 2, 2, 1).tolist() == [values[:2], values[2:]]


def test_the_first_segment_is_the_high_byte():
    assert decode_rle(frame(b"\xff\x01", b"\x01\x02\x03"), 1, 2, 2).tolist() == [[0x102, 0x103]]


@pytest.mark.parametrize(
    ("segment", "said"),
    [
        (b"", "too early"),
        (b"\x03\x01\x02\x03", "too early"),
        (b"\xfe\x09", "too early"),
        (b"\x80" * 100, "too early"),
        (b"\xfc\x09", "does not end with the image"),
        (b"\x04\x01\x02\x03\x04\x05", "does not end with the image"),
        (b"\xff\x09\xfe\x00", "does not end with the image"),
        (b"\xfd\x09\xfd\x08", "does not end with the image"),
        (b"\xfd\x09" + b"\x00" * 100, "does not end with the image"),
    ],
)
def test_a_segment_that_does_not_fill_the_image_exactly_is_refused(segment, said):
    with pytest.raises(UnreadableImageError, match=said):
        decode_rle(frame(segment), 2, 2, 1)


@pytest.mark.parametrize(
    "segment",
    [
        ONE_BYTE_RUN * SIDE**2,
        b"\x80" * 60_000_000,
        ONE_BYTE_RUN * (SIDE**2 + 1),
        ONE_BYTE_RUN * SIDE**2 + b"\0" * 10**7,
    ],
    ids=["one-byte runs", "nothing at all", "one run too many", "zeros behind"],
)
def test_a_hostile_film_of_20_megapixels_costs_little_and_lets_others_run(segment):
    turns, is_over = 0, threading.Event()

    def count():
        nonlocal turns
        while not is_over.is_set():
            turns += 1
            time.sleep(0.001)

    other = threading.Thread(target=count)
    data = frame(segment)
    other.start()
    began, before = time.thread_time(), turns
    with contextlib.suppress(UnreadableImageError):
        assert decode_rle(data, SIDE, SIDE, 1).shape == (SIDE, SIDE)
    seconds, after = time.thread_time() - began, turns
    is_over.set()
    other.join()
    assert seconds < 2.5  # of this thread alone; a loop over the runs takes 4
    assert after - before > 5


def test_a_film_of_noise_comes_back_as_it_was():
    values = np.random.default_rng(1).integers(0, 1 << 16, (300, 200), dtype=np.uint16)

    def literal(content):
        parts = [content[at : at + 128] for at in range(0, len(content), 128)]
        return b"".join(bytes([len(part) - 1]) + part for part in parts)

    high, low = (values >> 8).astype(np.uint8).tobytes(), values.astype(np.uint8).tobytes()
    assert (decode_rle(frame(literal(high), literal(low)), 300, 200, 2) == values).all()
