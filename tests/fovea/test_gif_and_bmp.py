"""GIF and BMP as browsers and clipboards make them; what is large, moving or unusual is refused by its header."""

import io
import struct
import time

import numpy as np
import pytest
from cost import cost_of
from PIL import Image

from fovea import ImageTooLargeError, UnreadableImageError, UnsupportedFormatError
from fovea.images import decode

GREY = Image.fromarray(np.random.default_rng(0).integers(0, 256, (16, 20), dtype=np.uint8))
COLOUR = Image.merge("RGB", [GREY, GREY.transpose(Image.Transpose.ROTATE_180), GREY])


def encoded(image, kind, **options):
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


@pytest.mark.parametrize("kind", ["GIF", "BMP"])
@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB"])
def test_each_mode_gives_the_pixels_that_pillow_sees(kind, mode):
    data = encoded(COLOUR.convert(mode), kind)
    assert np.array_equal(decode(data, 3), Image.open(io.BytesIO(data)).convert("RGB"))


def test_a_transparent_colour_of_a_gif_is_laid_on_white():
    drawing = Image.new("P", (4, 4), 0)
    drawing.putpalette([0, 0, 0, 200, 0, 0])
    drawing.putpixel((1, 1), 1)
    seen = np.asarray(decode(encoded(drawing, "GIF", transparency=0), 3))
    assert (seen[0, 0].tolist(), seen[1, 1].tolist()) == ([255, 255, 255], [200, 0, 0])


def bmp(width=20, height=16, bits=24, compression=0, masks=(0, 0, 0)):
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, compression, 0, 0, 0, 0, 0)
    return b"BM" + bytes(8) + struct.pack("<I", 66) + header + struct.pack("<III", *masks) + bytes(4 * 20 * 16)


def test_a_bmp_from_the_top_is_not_upside_down():
    lines = bmp(height=-16)[:66] + b"\xff" * 60 + bytes(60 * 15)
    assert np.asarray(decode(lines, 1))[:2, 0].tolist() == [255, 0]


@pytest.mark.parametrize("masks", [(0xF800, 0x7E0, 0x1F), (0x7C00, 0x3E0, 0x1F)])
def test_a_bmp_of_sixteen_bits_is_read_by_its_masks(masks):
    data = bmp(bits=16, compression=3, masks=masks)[:66] + struct.pack("<H", masks[0]) * 20 * 16
    assert np.asarray(decode(data, 3))[0, 0].tolist() == [255, 0, 0]


@pytest.mark.parametrize(
    ("data", "error", "sentence"),
    [
        (bmp(60_000, 60_000), ImageTooLargeError, "60,000 x 60,000 pixels"),
        (bmp(60_000, -60_000), ImageTooLargeError, "60,000 x 60,000 pixels"),
        (bmp(0), UnreadableImageError, "0 x 16 pixels"),
        (bmp()[:30], UnreadableImageError, "The BMP file is truncated: its header is incomplete."),
        (bmp()[:300], UnreadableImageError, "truncated or damaged"),
        (bmp(bits=8, compression=1), UnsupportedFormatError, "is compressed by run lengths. Save it uncompressed"),
        (bmp(bits=0, compression=4), UnsupportedFormatError, "is compressed by JPEG. Save it uncompressed"),
        (bmp(bits=2), UnsupportedFormatError, "has 2 bits a pixel. Save it with 24, or as PNG"),
        (bmp(bits=32, compression=3, masks=(1, 2, 4)), UnsupportedFormatError, "stores colours by unusual masks"),
        (encoded(GREY, "GIF")[:13], UnreadableImageError, "it has no picture that can be read"),
        (encoded(GREY, "GIF")[:-60], UnreadableImageError, "truncated or damaged"),
        (
            encoded(GREY, "GIF", save_all=True, append_images=[COLOUR.convert("L")]),
            UnsupportedFormatError,
            "The file holds 2 frames. Send a single still image",
        ),
    ],
)
def test_a_bad_file_gets_its_own_sentence(data, error, sentence):
    with pytest.raises(error, match=sentence):
        decode(data, 3)


def test_a_gif_is_held_to_the_size_of_its_picture_too():
    data = encoded(GREY, "GIF")
    place = data.index(b",\0\0\0\0\x14\0\x10\0")
    large = data[: place + 5] + struct.pack("<HH", 60_000, 60_000) + data[place + 9 :]
    with pytest.raises(ImageTooLargeError, match="60,000 x 60,000 pixels"):
        decode(large, 3)


def test_blocks_without_end_are_refused_at_once():
    data = encoded(GREY, "GIF")
    place = data.index(b",\0\0\0\0\x14\0\x10\0")
    for many in (b"!\xfe\0" * 1_000_000, b"!\xfe" + b"\1c" * 1_000_000 + b"\0"):
        before = time.process_time()
        with pytest.raises(UnsupportedFormatError, match=r"The GIF file has over 262,144 blocks. Save it again as PNG"):
            decode(data[:place] + many + data[place:], 3)
        assert time.process_time() - before < 5


def test_comments_of_a_gif_cost_little():
    data = encoded(GREY, "GIF")
    place = data.index(b",\0\0\0\0\x14\0\x10\0")
    said, peak_mb, seconds = cost_of(data[:place] + b"!\xfe" + (b"\xff" + b"c" * 255) * 60_000 + b"\0" + data[place:])
    assert (said, peak_mb < 200, seconds < 8) == ("(20, 16)", True, True)
