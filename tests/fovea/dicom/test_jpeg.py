"""An image that was cut short, wherever and however it was closed again, is never taken for a whole one."""

import jpeg_ls
import numpy as np
import pytest
from films import jpeg, lossless_jpeg
from libjpeg.utils import decode

from fovea.dicom.jpeg import END_OF_IMAGE, decode_jpeg
from fovea.dicom.jpeg_ls import decode_jpeg_ls
from fovea.errors import UnreadableImageError

ROWS, COLUMNS = np.mgrid[0:28, 0:36]
NOISE = np.random.default_rng(3).integers(0, 256, ROWS.shape, dtype=np.uint8)
SMOOTH = (5 * ROWS + 2 * COLUMNS).astype(np.uint8)
HALF_BLACK = np.where(ROWS < 12, SMOOTH, 0).astype(np.uint8)  # most of the data lie above, few below
TWELVE_BITS = 40 * SMOOTH.astype(np.uint16) // 4 + NOISE // 16

FRAMES = {
    "smooth": jpeg(SMOOTH, quality=90),
    "noise": jpeg(NOISE, quality=90),
    "half black": jpeg(HALF_BLACK, quality=90),
    "own codes": jpeg(HALF_BLACK, quality=90, optimize=True),
    "one grey": jpeg(np.full_like(SMOOTH, 200), optimize=True),
    "restart in a row": jpeg(SMOOTH, restart_marker_blocks=3),
    "restart by row": jpeg(HALF_BLACK, restart_marker_rows=1),
    "restart never reached": jpeg(SMOOTH, restart_marker_blocks=1000),
    "lossless": lossless_jpeg(TWELVE_BITS, 12),
    "lossless, 8 bits": lossless_jpeg(SMOOTH, 8),
    "jpeg-ls": bytes(jpeg_ls.encode_array(TWELVE_BITS)),
    "jpeg-ls, near": bytes(jpeg_ls.encode_array(TWELVE_BITS, lossy_error=3)),
    "jpeg-ls, 8 bits": bytes(jpeg_ls.encode_array(HALF_BLACK)),
    "jpeg-ls, its last code cut": bytes(jpeg_ls.encode_array(np.where(ROWS < 27, 0, COLUMNS * 50).astype(np.uint16))),
}


def decoder(kind):
    return decode_jpeg_ls if kind.startswith("jpeg-ls") else decode_jpeg


def read_or_refuse(frame, kind):
    try:
        return decoder(kind)(frame)
    except (UnreadableImageError, RuntimeError):  # the decoders' own are the reader's to translate
        return None


@pytest.mark.parametrize("kind", FRAMES)
@pytest.mark.parametrize("padding", [b"", b"\0", b"\xff\xff"])
def test_a_whole_image_is_read_as_libjpeg_reads_it(kind, padding):
    assert np.array_equal(decoder(kind)(FRAMES[kind] + padding), decode(FRAMES[kind]))


@pytest.mark.parametrize("kind", FRAMES)
def test_an_image_cut_at_any_byte_and_closed_again_is_refused_or_whole(kind):
    frame = FRAMES[kind]
    whole, body = decode(frame), frame.removesuffix(END_OF_IMAGE)
    start = body.index(b"\xff\xda") + 10
    cuts = [read_or_refuse(body[:length] + END_OF_IMAGE, kind) for length in range(start, len(body))]
    assert all(cut is None or np.array_equal(cut, whole) for cut in cuts)
    assert sum(cut is None for cut in cuts) >= len(cuts) - 1  # the last byte may hold nothing but the fill of the byte


@pytest.mark.parametrize("kind", ["smooth", "lossless", "jpeg-ls"])
def test_an_image_with_a_piece_missing_in_its_middle_is_refused(kind):
    frame = FRAMES[kind]
    middle = (frame.index(b"\xff\xda") + 10 + len(frame)) // 2
    assert read_or_refuse(frame[:middle] + frame[middle + 12 :], kind) is None
