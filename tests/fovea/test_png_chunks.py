"""A PNG is read for its pixels and for how it lies; nothing else in it is unfolded, and its chunks are counted."""

import io
import struct
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from cost import cost_of
from PIL import Image

from fovea import ImageTooLargeError, UnreadableImageError, UnsupportedFormatError
from fovea.images import decode
from fovea.png_chunks import pixels_alone

PHOTOS = Path(__file__).parents[3] / "shared" / "cases" / "photos"
GREY = Image.fromarray(np.arange(32 * 48, dtype=np.uint16).reshape(32, 48).astype(np.uint8))
COLOUR = Image.merge("RGB", [GREY, GREY.transpose(Image.Transpose.ROTATE_180), GREY])


def encoded(image=GREY, **options):
    stream = io.BytesIO()
    image.save(stream, "PNG", **options)
    return stream.getvalue()


def chunk(kind, content=b""):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


SOUND = encoded()
PIXELS = SOUND.index(b"IDAT") - 4
END = SOUND.index(b"IEND") - 4


def with_chunks(*chunks):
    return SOUND[:PIXELS] + b"".join(chunks) + SOUND[PIXELS:]


def in_small_chunks(size):
    pixels = SOUND[PIXELS + 8 : END - 4]
    pieces = [pixels[start : start + size] for start in range(0, len(pixels), size)]
    return SOUND[:PIXELS] + b"".join(chunk(b"IDAT", piece) for piece in pieces) + SOUND[END:]


KINDS = {
    "grey": SOUND,
    "colour": encoded(COLOUR),
    "palette": encoded(COLOUR.convert("P")),
    "palette with transparency": encoded(COLOUR.convert("P"), transparency=7),
    "one transparent colour": encoded(COLOUR, transparency=(0, 0, 0)),
    "bilevel": encoded(GREY.convert("1")),
    "alpha": encoded(COLOUR.convert("RGBA")),
    "profile and texts": encoded(COLOUR, icc_profile=bytes(3000), dpi=(72, 72)),
    "a byte a chunk": in_small_chunks(1),
    "empty chunks": SOUND[:PIXELS] + chunk(b"IDAT") * 3 + SOUND[PIXELS:],
}


@pytest.mark.parametrize("name", KINDS)
def test_a_png_gives_the_pixels_that_pillow_sees(name):
    image = Image.open(io.BytesIO(KINDS[name]))
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba)
    assert np.array_equal(decode(KINDS[name], 3), image.convert("RGB"))


def test_only_pixels_and_how_they_lie_are_kept():
    described = with_chunks(
        chunk(b"iCCP", b"icc\0\0" + zlib.compress(bytes(9))),
        chunk(b"tEXt", b"Author\0somebody"),
        chunk(b"eXIf", b"II*\0"),
        chunk(b"prVt", bytes(50)),
    )
    assert pixels_alone(described) == (SOUND, {"exif": b"II*\0"})
    assert pixels_alone(SOUND + bytes(1000)) == (SOUND, {})


ENTRY = struct.pack("<HHII", 0x0112, 3, 1, 6)
EXIF = b"II*\0" + struct.pack("<IH", 8, 1) + ENTRY + bytes(4)
RAW_PROFILE = b"Raw profile type exif\0\0" + zlib.compress(b"\nexif\n 26\n" + EXIF.hex().encode())
XMP = b'<x tiff:Orientation="6"/>'


@pytest.mark.parametrize(
    "lies",
    [
        chunk(b"eXIf", EXIF),
        chunk(b"zTXt", RAW_PROFILE),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0en\0word\0" + XMP),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(XMP)),
        chunk(b"tEXt", b"XML:com.adobe.xmp\0" + XMP),
    ],
)
def test_how_it_lies_is_read_wherever_it_stands(lies):
    assert decode(with_chunks(lies), 1).size == (32, 48)
    assert decode(SOUND[:END] + lies + SOUND[END:], 1).size == (32, 48)


@pytest.mark.parametrize(
    "broken",
    [
        chunk(b"zTXt", b"Raw profile type exif\0\0no deflate"),
        chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(b"\n\n\nno digits")),
        chunk(b"iTXt", b"XML:com.adobe.xmp"),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\1"),
        chunk(b"tEXt", b""),
        chunk(b"tEXt", b"Author\0x")[:-4] + b"\0\0\0\0",  # a wrong checksum
        chunk(b"eXIf", b"no TIFF"),
    ],
)
def test_a_broken_description_does_not_keep_a_picture_from_being_read(broken):
    assert np.array_equal(decode(with_chunks(broken), 1), GREY)


HEAD = SOUND[:33]
FRAMES = chunk(b"acTL", struct.pack(">II", 3, 0))


@pytest.mark.parametrize(
    ("data", "error", "sentence"),
    [
        (SOUND[:8], UnreadableImageError, "its header cannot be read"),
        (HEAD + SOUND[END:], UnreadableImageError, "its header cannot be read"),
        (SOUND[:8] + SOUND[PIXELS:], UnreadableImageError, "its header cannot be read"),
        (with_chunks(HEAD[8:]), UnreadableImageError, "its header cannot be read"),
        (with_chunks(chunk(b"PLTE", bytes(900))), UnreadableImageError, "its header cannot be read"),
        (with_chunks(b"\xff\xff\xff\xfftEXt"), UnreadableImageError, "its header cannot be read"),
        (SOUND[:END] + chunk(b"tEXt") + SOUND[PIXELS:], UnreadableImageError, "its header cannot be read"),
        (with_chunks(FRAMES), UnsupportedFormatError, "holds 3 frames. Send a single still image"),
        (SOUND[:END] + FRAMES + SOUND[END:], UnsupportedFormatError, "holds 3 frames. Send a single still image"),
        (SOUND[:16] + struct.pack(">II", 60_000, 60_000) + SOUND[24:], ImageTooLargeError, "60,000 x 60,000 pixels"),
        (SOUND[:16] + struct.pack(">II", 0, 60_000) + SOUND[24:], UnreadableImageError, "0 x 60000 pixels"),
        (SOUND[: PIXELS + 30], UnreadableImageError, "truncated or damaged"),
    ],
)
def test_a_bad_header_gets_its_own_sentence(data, error, sentence):
    with pytest.raises(error, match=sentence):
        decode(data, 1)


@pytest.mark.parametrize("kind", [b"tEXt", b"IDAT", b"prVt"])
def test_chunks_without_end_are_refused_at_once(kind):
    data, before = with_chunks(chunk(kind) * 5_000_000), time.process_time()
    with pytest.raises(
        UnsupportedFormatError, match=r"The PNG file has over 65,536 chunks. Save it again as a plain PNG"
    ):
        decode(data, 1)
    assert time.process_time() - before < 2


def test_the_most_chunks_that_are_read_cost_little():
    said, peak_mb, seconds = cost_of(with_chunks(chunk(b"IDAT") * 65_000))
    assert said == "(48, 32)"
    assert peak_mb < 150
    assert seconds < 5


CASES = {
    "badcrc-text.png": (80, 40),
    "exif-nottiff.png": (80, 40),
    "text-ztxt-1.2MB.png": (80, 40),
    "white-on-transparent.png": (80, 40),
}


@pytest.mark.parametrize("name", CASES)
def test_a_picture_of_a_public_report_is_read(name):
    if not (PHOTOS / name).is_file():
        pytest.skip(f"{name} is not in ../shared/cases/photos")
    assert decode((PHOTOS / name).read_bytes(), 3).size == CASES[name]
