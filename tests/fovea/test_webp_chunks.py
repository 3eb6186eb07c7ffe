"""A WebP is one still image whose headers agree; what describes it is kept from the decoder."""

import io
import time

import numpy as np
import pytest
from PIL import Image, ImageOps

from fovea import ImageTooLargeError, UnreadableImageError, UnsupportedFormatError
from fovea.images import decode
from fovea.webp_chunks import pixels_alone

GREY = Image.fromarray(np.arange(32 * 48, dtype=np.uint16).reshape(32, 48).astype(np.uint8))
ALPHA = Image.merge("RGBA", [GREY] * 4)
TURNED = Image.Exif()
TURNED[0x0112] = 6


def encoded(image=GREY, **options):
    stream = io.BytesIO()
    image.save(stream, "WEBP", **options)
    return stream.getvalue()


def chunk(kind, content=b""):
    return kind + len(content).to_bytes(4, "little") + content + bytes(len(content) % 2)


def riff(*chunks):
    content = b"WEBP" + b"".join(chunks)
    return b"RIFF" + len(content).to_bytes(4, "little") + content


def extended(width=48, height=32, flags=0):
    return chunk(
        b"VP8X", bytes([flags, 0, 0, 0]) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    )


LOSSY, LOSSLESS = encoded()[12:], encoded(lossless=True)[12:]


@pytest.mark.parametrize(
    "data",
    [
        encoded(),
        encoded(lossless=True),
        encoded(ALPHA),
        encoded(ALPHA, lossless=True),
        encoded(exif=TURNED, icc_profile=bytes(3000), xmp=b"<x/>"),
        riff(extended(), LOSSY),
        riff(extended(), chunk(b"none", bytes(7)), LOSSLESS),
        riff(LOSSY) + bytes(50),
    ],
)
def test_a_still_image_gives_the_pixels_that_pillow_sees(data):
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    if image.has_transparency_data:
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    assert np.array_equal(decode(data, 3), image.convert("RGB"))


def test_only_the_image_is_kept_and_what_says_how_it_lies():
    exif = TURNED.tobytes()
    reduced, info = pixels_alone(encoded(exif=exif, xmp=b"<x/>", icc_profile=bytes(3000)))
    assert reduced == riff(extended(), LOSSY)
    assert info == {"exif": exif.removeprefix(b"Exif\0\0"), "xmp": b"<x/>"}


@pytest.mark.parametrize(
    ("data", "error", "sentence"),
    [
        (riff(), UnreadableImageError, "its header cannot be read"),
        (riff(extended()), UnreadableImageError, "its header cannot be read"),
        (riff(LOSSY, LOSSY), UnreadableImageError, "its header cannot be read"),
        (riff(LOSSY, LOSSLESS), UnreadableImageError, "its header cannot be read"),
        (riff(extended(4000, 4000), LOSSY), UnreadableImageError, "its header cannot be read"),
        (riff(extended()[:8] + b"\1", LOSSY), UnreadableImageError, "its header cannot be read"),
        (riff(LOSSY[:-20]), UnreadableImageError, "its header cannot be read"),
        (riff(LOSSY)[:-20], UnreadableImageError, "it is shorter than its header says"),
        (riff(chunk(b"VP8 ", b"abc")), UnreadableImageError, "its header cannot be read"),
        (riff(chunk(b"VP8L", b"\x2f")), UnreadableImageError, "its header cannot be read"),
        (riff(chunk(b"VP8L", b"\x2f\xff\xff\xff\xff")), ImageTooLargeError, "16,384 x 16,384 pixels"),
        (
            riff(extended(flags=2), LOSSY),
            UnsupportedFormatError,
            "The file holds an animation. Send a single still image",
        ),
        (
            riff(extended(), chunk(b"ANMF", bytes(16)) * 2),
            UnsupportedFormatError,
            "The file holds 2 frames. Send a single",
        ),
    ],
)
def test_a_bad_header_gets_its_own_sentence(data, error, sentence):
    with pytest.raises(error, match=sentence):
        decode(data, 3)


def test_chunks_without_end_are_refused_at_once():
    data, before = riff(LOSSY, chunk(b"none") * 5_000_000), time.process_time()
    with pytest.raises(UnsupportedFormatError, match=r"over 4,096 chunks. Save it again as a plain WebP"):
        decode(data, 3)
    assert time.process_time() - before < 2
