"""Pictures that other readers show and that are odd beside their pixels: each comes out with the right ones."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from fovea import UnreadableImageError, UnsupportedFormatError
from fovea.images import decode

GREY = np.tile(np.arange(0, 240, 5, dtype=np.uint8), (32, 1))  # 48 x 32
IMAGE = Image.fromarray(GREY)
COLOUR = Image.merge("RGB", [IMAGE, IMAGE.transpose(Image.Transpose.ROTATE_180), IMAGE])
NO_TIFF = b"Exif\0\0this is no TIFF at all"


def file_of(kind, image=IMAGE, **options):
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def chunk(kind, content=b"", checksum=None):
    checksum = zlib.crc32(kind + content) if checksum is None else checksum
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)


PNG = file_of("PNG")
PIXELS, END = PNG.index(b"IDAT") - 4, PNG.index(b"IEND") - 4
LONG_TEXT = b"a" * 1_300_000


def png(*chunks):
    return PNG[:PIXELS] + b"".join(chunks) + PNG[PIXELS:]


def png_behind(*chunks):
    return PNG[:END] + b"".join(chunks) + PNG[END:]


def of_one_bit(transparent=None):
    """A PNG whose columns are black and white in turn."""
    rows = (b"\0" + bytes([0b01010101])) * 8
    header = struct.pack(">IIBBBBB", 8, 8, 1, 0, 0, 0, 0)
    see_through = [] if transparent is None else [chunk(b"tRNS", struct.pack(">H", transparent))]
    parts = [chunk(b"IHDR", header), *see_through, chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


JPEG = file_of("JPEG", quality=95)
PROGRESSIVE = file_of("JPEG", quality=95, progressive=True)


def segment(marker, content):
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def jpeg(*segments, data=JPEG):
    return data[:2] + b"".join(segments) + data[2:]


def riff(*chunks):
    content = b"WEBP" + b"".join(chunks)
    return b"RIFF" + len(content).to_bytes(4, "little") + content


def webp_chunk(kind, content):
    return kind + len(content).to_bytes(4, "little") + content + bytes(len(content) % 2)


WEBP = file_of("WEBP", lossless=True)
EXTENDED = webp_chunk(b"VP8X", bytes(4) + (47).to_bytes(3, "little") + (31).to_bytes(3, "little"))
TIFF = file_of("TIFF")
GIF = file_of("GIF")
AVIF = file_of("AVIF", quality=95)
BMP = file_of("BMP")


def with_alpha_of_zero():
    """A BMP of 32 bits and the header of version 5, as clipboards make it."""
    pixels = b"".join(bytes([value, value, value, 0]) for row in GREY[::-1] for value in row)
    masks = struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    header = struct.pack("<IiiHHIIiiII", 124, 48, 32, 1, 32, 3, len(pixels), 0, 0, 0, 0) + masks + bytes(68)
    return b"BM" + struct.pack("<IHHI", 14 + 124 + len(pixels), 0, 0, 14 + 124) + header + pixels


SAME = {  # each is the picture itself
    "PNG: 1.3 MB of zTXt": png(chunk(b"zTXt", b"key\0\0" + zlib.compress(LONG_TEXT))),
    "PNG: 1.3 MB of tEXt": png(chunk(b"tEXt", b"key\0" + LONG_TEXT)),
    "PNG: 1.3 MB of iTXt": png(chunk(b"iTXt", b"key\0\1\0\0\0" + zlib.compress(LONG_TEXT))),
    "PNG: 1.3 MB of iCCP": png(chunk(b"iCCP", b"icc\0\0" + zlib.compress(LONG_TEXT))),
    "PNG: iCCP that does not unfold": png(chunk(b"iCCP", b"icc\0\0nothing")),
    "PNG: text with a wrong checksum": png(chunk(b"tEXt", b"key\0text", checksum=7)),
    "PNG: EXIF that is no TIFF": png(chunk(b"eXIf", NO_TIFF)),
    "PNG: empty EXIF": png(chunk(b"eXIf")),
    "PNG: unknown chunks": png(chunk(b"prVt", bytes(900)), chunk(b"zzZz")),
    "PNG: broken gamma, time and resolution": png(chunk(b"gAMA"), chunk(b"tIME", b"1"), chunk(b"pHYs", b"\0")),
    "PNG: cut off behind its pixels": PNG[:END],
    "PNG: a text behind the pixels that breaks off": png_behind(chunk(b"tEXt", b"key\0" + LONG_TEXT))[: END + 900],
    "PNG: bytes behind the end": PNG + b"trailer" * 99,
    "PNG: a name that says JPEG is nothing to the reader": PNG,
    "WebP: EXIF that is no TIFF": riff(EXTENDED, WEBP[12:], webp_chunk(b"EXIF", NO_TIFF)),
    "WebP: EXIF, XMP and a broken profile": riff(
        EXTENDED, webp_chunk(b"ICCP", b"x"), WEBP[12:], webp_chunk(b"EXIF", b""), webp_chunk(b"XMP ", b"<x")
    ),
    "WebP: bytes behind the end": WEBP + b"trailer",
    "TIFF: unknown tags": file_of("TIFF", description="a", software="b", tiffinfo={50_000: "c", 65_000: 5}),
    "TIFF: EXIF that is no directory": file_of("TIFF", tiffinfo={34_665: 3}),
    "TIFF: bytes behind the end": TIFF + b"trailer" * 99,
    "TIFF: big-endian of 8 bits in LZW": file_of("TIFF", compression="tiff_lzw"),
    "GIF: bytes behind the end": GIF + b"trailer" * 99,
    "GIF: without its end": GIF.removesuffix(b";"),
    "GIF: a long comment": GIF[:-1] + b"!\xfe" + (b"\xff" + b"c" * 255) * 2000 + b"\0;",
    "BMP: bytes behind the end": BMP + b"trailer" * 99,
    "BMP: alpha that is 0 everywhere": with_alpha_of_zero(),
}
LIKE_THE_PLAIN_ONE = {  # of lossy formats: each has the pixels of the plain file
    "JPEG: EXIF that is no TIFF": (jpeg(segment(0xE1, NO_TIFF)), JPEG),
    "JPEG: empty EXIF": (jpeg(segment(0xE1, b"Exif\0\0")), JPEG),
    "JPEG: EXIF that points beyond its end": (jpeg(segment(0xE1, b"Exif\0\0II*\0\xff\xff\xff\x7f")), JPEG),
    "JPEG: bytes behind the end": (JPEG + b"trailer" * 99, JPEG),
    "JPEG: a film behind the end": (JPEG + b"\0\0\0\x18ftypmp42" + bytes(5000), JPEG),
    "JPEG: no end marker": (JPEG[:-2], JPEG),
    "JPEG: half an end marker": (JPEG[:-1], JPEG),
    "JPEG: progressive without end marker": (PROGRESSIVE[:-2], PROGRESSIVE),
    "JPEG: an empty Adobe segment": (jpeg(segment(0xEE, b"Adobe")), JPEG),
    "JPEG: an Adobe segment on greys": (jpeg(segment(0xEE, b"Adobe\0\x64\0\0\0\0\1")), JPEG),
    "JPEG: parts of a profile are missing": (jpeg(segment(0xE2, b"ICC_PROFILE\0\2\3" + bytes(99))), JPEG),
    "JPEG: a broken MPF segment": (jpeg(segment(0xE2, b"MPF\0II*\0")), JPEG),
    "JPEG: Photoshop's resources": (jpeg(segment(0xED, b"Photoshop 3.0\x008BIM\4\4\0\0\xff\xff")), JPEG),
    "JPEG: the further pictures of a phone": (file_of("MPO", save_all=True, append_images=[IMAGE]), file_of("JPEG")),
    "AVIF: EXIF that is no TIFF": (file_of("AVIF", quality=95, xmp=b"<x"), AVIF),
    "AVIF: bytes behind the end": (AVIF + b"trailer" * 99, AVIF),
}


@pytest.mark.parametrize("name", SAME)
def test_a_sound_picture_has_its_pixels(name):
    assert np.array_equal(decode(SAME[name], 1), GREY)


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's own, on the MPF segment of the reference
@pytest.mark.parametrize("name", LIKE_THE_PLAIN_ONE)
def test_a_sound_picture_has_the_pixels_of_the_plain_one(name):
    data, plain = LIKE_THE_PLAIN_ONE[name]
    assert np.array_equal(decode(data, 1), Image.open(io.BytesIO(plain)).convert("L"))


def test_white_ink_on_a_transparent_ground_is_seen():
    drawing = Image.new("RGBA", (48, 32), (0, 0, 0, 0))
    drawing.paste((255, 255, 255, 255), (10, 10, 20, 20))
    seen = np.asarray(decode(file_of("PNG", drawing), 1))
    assert (seen[15, 15], seen[0, 0]) == (255, 0)


def test_a_transparent_grey_of_one_bit_is_scaled_with_the_pixels():
    assert np.asarray(decode(of_one_bit(), 1))[0].tolist() == [0, 255] * 4
    assert np.asarray(decode(of_one_bit(transparent=1), 1))[0].tolist() == [0, 255] * 4
    # what is left is white alone, so it is laid on black
    assert np.asarray(decode(of_one_bit(transparent=0), 1))[0].tolist() == [0, 255] * 4


def test_a_transparent_grey_of_sixteen_bits_is_laid_on_white():
    samples = np.array([[0, 20_000, 65_535]], dtype=np.uint16)
    data = file_of("PNG", Image.fromarray(samples))
    place = data.index(b"IDAT") - 4
    data = data[:place] + chunk(b"tRNS", struct.pack(">H", 20_000)) + data[place:]
    assert np.asarray(decode(data, 1)).tolist() == [[0, 255, 255]]


@pytest.mark.parametrize("missing", [3, 6, 40])
@pytest.mark.parametrize("plain", [JPEG, PROGRESSIVE])
def test_a_jpeg_that_lacks_pixels_is_truncated(plain, missing):
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (32, 48), dtype=np.uint8))
    data = file_of("JPEG", noise, progressive=plain is PROGRESSIVE)
    with pytest.raises(UnreadableImageError, match="truncated"):
        decode(data[:-missing], 1)


def test_a_progressive_jpeg_that_lacks_scans_is_truncated():
    last = PROGRESSIVE.rindex(b"\xff\xc4")  # the tables of its last scan
    with pytest.raises(UnreadableImageError, match="some of its scans are missing"):
        decode(PROGRESSIVE[:last], 1)


def test_apples_form_of_png_is_refused_by_its_name():
    with pytest.raises(UnsupportedFormatError, match=r"in Apple's own form \(CgBI\). Save it again as a plain PNG"):
        decode(PNG[:8] + chunk(b"CgBI", bytes(4)) + PNG[8:], 1)
