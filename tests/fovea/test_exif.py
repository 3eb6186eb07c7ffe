"""Only the orientation is read of what a file says about itself, however much the rest would unfold to."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from cost import cost_of
from PIL import Image, ImageOps
from PIL.PngImagePlugin import PngInfo

from fovea.exif import orientation, upright
from fovea.images import decode

HOSTILE = Path(__file__).parents[3] / "shared" / "cases" / "hostile"
CORNERS = Image.fromarray(np.arange(32 * 48, dtype=np.uint16).reshape(32, 48).astype(np.uint8))
LITTLE, BIG = "<", ">"


def exif(*entries, order=LITTLE, behind=b""):
    """EXIF data with these entries (tag, type, count, value or offset) in their first directory."""
    head = (b"II*\0" if order == LITTLE else b"MM\0*") + struct.pack(order + "IH", 8, len(entries))
    return b"Exif\0\0" + head + b"".join(struct.pack(order + "HHI4s", *entry) for entry in entries) + bytes(4) + behind


def encoded(kind, **options):
    stream = io.BytesIO()
    CORNERS.save(stream, kind, **options)
    return stream.getvalue()


@pytest.mark.parametrize("order", [LITTLE, BIG])
@pytest.mark.parametrize("turn", range(10))
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_every_orientation_is_applied_as_pillow_does(kind, turn, order):
    data = encoded(kind, exif=exif((0x0112, 3, 1, struct.pack(order + "HH", turn, 0)), order=order))
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("L")
    assert np.array_equal(decode(data, 1), expected)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_decoded_image_is_not_turned_again(kind):
    data = encoded(kind, exif=exif((0x0112, 3, 1, b"\x06\0\0\0")))
    assert decode(data, 3).size == CORNERS.size[::-1]
    assert decode(decode(data, 3), 3).size == CORNERS.size[::-1]


def test_an_orientation_that_is_none_leaves_the_word_to_the_xmp_data():
    no_such = exif((0x0112, 4, 1, struct.pack("<I", 1 << 31)))
    assert orientation({"exif": no_such}) == 1
    assert orientation({"exif": no_such, "xmp": b'<x tiff:Orientation="6"/>'}) == 6


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("compression", ["raw", "tiff_lzw"])
def test_a_tiff_is_turned_once(turn, compression):
    data = encoded("TIFF", tiffinfo={0x0112: turn}, compression=compression)
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    assert np.array_equal(decode(data, 1), expected)


def xmp():
    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", '<x tiff:Orientation="6"/>')
    return {"pnginfo": info}


def profile():
    content = exif((0x0112, 3, 1, b"\x06\0\0\0"))
    info = PngInfo()
    info.add_text("Raw profile type exif", f"\nexif\n{len(content):8}\n{content.hex()}\n", zip=True)
    return {"pnginfo": info}


@pytest.mark.parametrize("options", [xmp(), profile()], ids=["XMP", "raw profile"])
def test_the_orientation_may_be_in_text(options):
    assert decode(encoded("PNG", **options), 1).size == (32, 48)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"Exif\0\0",
        b"Exif\0\0II*\0",
        b"Exif\0\0II*\0\xff\xff\xff\xff",
        exif((0x0112, 3, 1, b"\x06\0\0\0"))[:20],
        exif((0x0112, 7, 1, b"\x06\0\0\0")),
        exif((0x0112, 3, 2, b"\x06\0\0\0")),
        exif((0x010F, 3, 1, b"\x06\0\0\0")),
    ],
)
def test_what_says_no_orientation_is_upright(content):
    assert orientation({"exif": content}) == 1
    assert orientation({}) == 1


def test_an_image_that_is_not_turned_is_not_copied():
    assert upright(CORNERS) is CORNERS


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def with_chunks(*chunks):
    """The PNG with these chunks before its pixels."""
    data = encoded("PNG")
    place = data.index(b"IDAT") - 4
    return data[:place] + b"".join(chunks) + data[place:]


SHARED = 4_000  # entries that share one value
BOMBS = {
    "texts": with_chunks(*[chunk(b"zTXt", b"key%d\0\0" % n + zlib.compress(bytes(1_000_000), 9)) for n in range(1000)]),
    "international texts": with_chunks(
        *[chunk(b"iTXt", b"key%d\0\1\0\0\0" % n + zlib.compress(bytes(1_000_000), 9)) for n in range(1000)]
    ),
    "one text": with_chunks(chunk(b"zTXt", b"key\0\0" + zlib.compress(bytes(1_000_000_000), 9))),
    "profile": with_chunks(chunk(b"iCCP", b"icc\0\0" + zlib.compress(bytes(1_000_000_000), 9))),
    "shared values": with_chunks(
        chunk(
            b"eXIf",
            exif(
                *[(0x8000 + n, 7, 1_000_000, struct.pack("<I", 14 + 12 * SHARED)) for n in range(SHARED)],
                behind=bytes(1_000_000),
            )[6:],
        )
    ),
}


@pytest.mark.parametrize("kind", BOMBS)
def test_what_unfolds_in_a_png_stays_within_the_memory(kind):
    assert len(BOMBS[kind]) < 2_000_000
    said, peak_mb, seconds = cost_of(BOMBS[kind])
    assert said == "(48, 32)"
    assert peak_mb < 120
    assert seconds < 5


def test_a_small_png_of_shared_values_is_read_in_little_memory():
    if not (HOSTILE / "small.png").is_file():
        pytest.skip("small.png is not in ../shared/cases/hostile")
    said, peak_mb, seconds = cost_of((HOSTILE / "small.png").read_bytes())
    assert said == "(64, 64)"
    assert peak_mb < 150
    assert seconds < 10
