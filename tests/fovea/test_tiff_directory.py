"""A TIFF gives the pixels that Pillow sees in it, and nothing else that it holds is unfolded."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from cost import cost_of
from PIL import Image, ImageOps

from fovea import ImageTooLargeError, UnreadableImageError, UnsupportedFormatError
from fovea.images import decode
from fovea.tiff_directory import MAX_DIRECTORIES, first_directory_alone

GREY = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 60), dtype=np.uint8))
COLOUR = Image.merge("RGB", [GREY, GREY.transpose(Image.Transpose.ROTATE_180), GREY])
DEEP = Image.fromarray(np.random.default_rng(0).integers(0, 65536, (40, 60), dtype=np.uint16))
LITTLE, BIG = "<", ">"
SHORT, LONG, UNDEFINED = 3, 4, 7


def encoded(image, **options):
    stream = io.BytesIO()
    image.save(stream, "TIFF", **options)
    return stream.getvalue()


def tiff(*more, order=LITTLE, following=0, side=32, values=b""):
    """A raw grey TIFF of `side` squared: its pixels, `values`, and its directory with the entries `more` at the end."""
    pixels = (bytes(range(256)) * (side * side // 256 + 1))[: side * side]
    entries = {256: (LONG, 1, side), 257: (LONG, 1, side), 258: (LONG, 1, 8), 262: (LONG, 1, 1), 273: (LONG, 1, 8)}
    entries |= {278: (LONG, 1, side), 279: (LONG, 1, side * side)} | dict(more)
    place = 8 + len(pixels) + len(values)
    packed = b"".join(struct.pack(order + "HHII", tag, *entry) for tag, entry in sorted(entries.items()))
    head = (b"II*\0" if order == LITTLE else b"MM\0*") + struct.pack(order + "I", place)
    count = struct.pack(order + "H", len(entries))
    return head + pixels + values + count + packed + struct.pack(order + "I", following)


def tiled():
    """A tiled TIFF, 32 x 32 in four tiles of 16 x 16."""
    offsets = struct.pack("<4I", *range(8, 8 + 1024, 256))
    more = {322: (LONG, 1, 16), 323: (LONG, 1, 16), 324: (LONG, 4, 8 + 1024), 325: (LONG, 4, 8 + 1024 + 16)}
    return tiff(*more.items(), values=offsets + struct.pack("<4I", *[256] * 4)).replace(
        struct.pack("<HHII", 273, LONG, 1, 8), struct.pack("<HHII", 254, LONG, 1, 0)
    )


FILES = {
    "raw": encoded(GREY),
    "LZW": encoded(COLOUR, compression="tiff_lzw"),
    "deflate": encoded(COLOUR, compression="tiff_adobe_deflate", tiffinfo={317: 2}),
    "packbits": encoded(GREY, compression="packbits"),
    "JPEG": encoded(COLOUR, compression="jpeg"),
    "fax": encoded(GREY.convert("1"), compression="group4"),
    "many strips": encoded(COLOUR, strip_size=180),
    "many LZW strips": encoded(COLOUR, compression="tiff_lzw", strip_size=180),
    "palette": encoded(COLOUR.convert("P")),
    "alpha": encoded(COLOUR.convert("RGBA")),
    "CMYK": encoded(COLOUR.convert("CMYK")),
    "bilevel": encoded(GREY.convert("1")),
    "profile": encoded(COLOUR, icc_profile=bytes(3000)),
    "described": encoded(COLOUR, description="a photo", dpi=(300, 300), software="a scanner"),
    "own": tiff(),
    "big-endian": tiff(order=BIG),
    "no place for a next directory": tiff()[:-4],
    "itself as the next directory": tiff(following=8 + 1024),
    "tiles": tiled(),
    "turned by XMP": encoded(COLOUR, tiffinfo={700: b'<x tiff:Orientation="6"/>'}),
}


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data:UserWarning")
@pytest.mark.parametrize("name", FILES)
def test_a_tiff_gives_the_pixels_that_pillow_sees(name):
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(FILES[name])))
    if image.has_transparency_data:
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    assert np.array_equal(decode(FILES[name], 3), image.convert("RGB"))


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw"])
def test_sixteen_bits_stay_sixteen_bits(compression):
    found = np.asarray(decode(encoded(DEEP, compression=compression), 1))
    assert np.array_equal(found, np.rint(np.asarray(DEEP) / 257))


def test_a_file_keeps_its_length_and_everything_outside_of_its_directory():
    data = encoded(COLOUR, description="a photo")
    reduced, directories = first_directory_alone(data)
    assert (len(reduced), directories) == (len(data), 1)
    start = int.from_bytes(data[4:8], "little")
    end = start + 2 + 12 * int.from_bytes(data[start : start + 2], "little") + 4
    assert (reduced[:start], reduced[end:]) == (data[:start], data[end:])
    assert 270 not in Image.open(io.BytesIO(reduced)).tag_v2


def test_a_chain_of_directories_without_end_is_refused():
    step = bytes(2)  # a directory without entries
    first = tiff(following=8 + 1024 + 2 + 12 * 7 + 4)
    chain = b"".join(step + struct.pack("<I", len(first) + 6 * (n + 1)) for n in range(MAX_DIRECTORIES))
    with pytest.raises(UnsupportedFormatError, match=r"The file holds over 4,096 frames. Send a single still image"):
        decode(first + chain, 1)


@pytest.mark.parametrize("data", [b"II*\0", b"II*\0\0\0\0\0", b"MM\0*\0\0\0\x08\0\1", tiff()[:-20]])
def test_a_directory_beyond_the_end_is_unreadable(data):
    with pytest.raises(UnreadableImageError, match="truncated or damaged: one of its directories lies"):
        decode(data, 1)


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ((273, (LONG, 5_000_000, 8)), "its tag 273 has 5,000,000 values. Fovea reads at most 65,536."),
        ((258, (SHORT, 5_000, 8)), "its tag 258 has 5,000 values. Fovea reads at most 4,096."),
        ((700, (SHORT, 5_000, 8)), "its tag 700 has 5,000 values. Fovea reads at most 4,096."),
    ],
)
def test_an_entry_of_more_values_than_pixels_need_is_unreadable(entry, sentence):
    with pytest.raises(UnreadableImageError) as caught:
        decode(tiff(entry), 1)
    assert str(caught.value) == f"The TIFF file is damaged: {sentence}"


def shared(first, count, kind=UNDEFINED, size=1_000_000):
    """Entries with the tags from `first` on, which share the values of `size` bytes behind the pixels."""
    width = {SHORT: 2, LONG: 4, UNDEFINED: 1}[kind]
    return {first + n: (kind, size // width, 8 + 1024) for n in range(count)}


def with_exif(size=20_000_000):
    """A TIFF whose EXIF directory holds 600 entries of one value of `size` bytes."""
    entries = b"".join(struct.pack("<HHII", 0x9000 + n, 5, size // 8, 8 + 1024) for n in range(600))
    directory = struct.pack("<H", 600) + entries + bytes(4)
    return tiff((0x8769, (LONG, 1, 8 + 1024 + size)), values=bytes(size) + directory)


BOMBS = {
    "shared values": tiff(*shared(0x9000, 600).items(), values=bytes(1_000_000)),
    "shared blobs": tiff(*(shared(347, 1) | shared(700, 1) | shared(34675, 1)).items(), values=bytes(1_000_000)),
    "shared numbers": tiff(*shared(0x9000, 600, SHORT, 20_000_000).items(), values=bytes(20_000_000)),
    "EXIF": with_exif(),
}


@pytest.mark.parametrize("name", BOMBS)
def test_what_unfolds_in_a_tiff_costs_little(name):
    said, peak_mb, seconds = cost_of(BOMBS[name])
    assert said == "(32, 32)"
    assert peak_mb < 120 + 5 * len(BOMBS[name]) / 1e6
    assert seconds < 5


@pytest.mark.parametrize("order", [LITTLE, BIG])
def test_a_tile_is_held_to_the_limit_of_images(order):
    sizes = {322: (LONG, 1, 30_000), 323: (LONG, 1, 30_000)}
    with pytest.raises(ImageTooLargeError, match="30,000 x 30,000 pixels"):
        decode(tiff(*sizes.items(), order=order), 1)


def strips(count):
    """A TIFF of one line a strip, all of which lie at the same place."""
    values = struct.pack("<I", 8) * count + struct.pack("<I", 32) * count
    entries = {257: (LONG, 1, count), 273: (LONG, count, 8 + 1024), 279: (LONG, count, 8 + 1024 + 4 * count)}
    return tiff(*(entries | {278: (LONG, 1, 1)}).items(), values=values)


def test_the_most_strips_that_are_read_cost_little():
    _, peak_mb, seconds = cost_of(strips(1 << 16))
    assert peak_mb < 150
    assert seconds < 5


def jpeg_tiff():
    return encoded(COLOUR, compression="jpeg")


def changed(data, **values):
    """The little-endian TIFF with other values of the tags `tag_N`."""
    start = int.from_bytes(data[4:8], "little") + 2
    for name, value in values.items():
        place = next(n for n in range(start, len(data), 12) if data[n : n + 2] == struct.pack("<H", int(name[4:])))
        data = data[: place + 8] + struct.pack("<I", value) + data[place + 12 :]
    return data


@pytest.mark.parametrize(
    ("data", "error", "sentence"),
    [
        (changed(tiff(), tag_257=64), UnreadableImageError, "it has 1 strips, but its size needs 2"),
        (changed(tiff(), tag_278=1), UnreadableImageError, "it has 1 strips, but its size needs 32"),
        (
            tiff((278, (LONG, 1, 1)), (257, (LONG, 1, 70_000))),
            UnsupportedFormatError,
            "70,000 strips. Fovea reads at most 65,536",
        ),
        (tiff((284, (SHORT, 1, 2)), (277, (SHORT, 1, 3))), UnreadableImageError, "has 1 strips, but its size needs 3"),
        (tiff((279, (UNDEFINED, 4, 8))), UnreadableImageError, "the lengths of its strips are not given"),
        *[
            (
                tiff((259, (SHORT, 1, method))),
                UnsupportedFormatError,
                f"is compressed by method {method}. Save it uncompressed",
            )
            for method in (6, 32_809, 34_676, 34_925, 50_000, 50_001)
        ],
        (tiff((262, (SHORT, 1, 6))), UnsupportedFormatError, "holds YCbCr samples outside of JPEG. Save it as RGB"),
        (tiff((322, (LONG, 1, 16)), (323, (LONG, 1, 16))), UnreadableImageError, "tiles of 16 x 16 pixels do not fit"),
        (tiled().replace(b"\x42\1\4\0\1\0\0\0\x10\0", b"\x42\1\4\0\1\0\0\0\0\x40"), UnreadableImageError, "needs"),
        (
            jpeg_tiff().replace(b"\xff\xc0", b"\xff\xc2"),
            UnsupportedFormatError,
            "holds progressive JPEG. Save it with baseline JPEG",
        ),
        (
            jpeg_tiff().replace(b"\xff\xc0\0\x11\x08\0\x28\0\x3c", b"\xff\xc0\0\x11\x08\xff\x28\0\x3c"),
            UnreadableImageError,
            "JPEG of 60 x 65,320 pixels is in strips of 60 x 40",
        ),
        (jpeg_tiff().replace(b"\xff\xc0\0\x11", b"\xff\xc0\0\1"), UnreadableImageError, "JPEG in it cannot be read"),
        (tiff((256, (LONG, 1, 60_000)), (257, (LONG, 1, 60_000))), ImageTooLargeError, "60,000 x 60,000 pixels"),
    ],
)
def test_strips_that_do_not_make_up_the_image_are_refused(data, error, sentence):
    with pytest.raises(error, match=sentence):
        decode(data, 1)


def test_strips_that_share_their_bytes_are_refused():
    count, size = 4000, 200_000
    values = struct.pack("<I", 8 + 1024) * count + struct.pack("<I", size) * count + bytes(size)
    entries = {257: (LONG, 1, count), 259: (SHORT, 1, 5), 266: (SHORT, 1, 2), 278: (LONG, 1, 1)}
    entries |= {273: (LONG, count, 8 + 1024), 279: (LONG, count, 8 + 1024 + 4 * count)}
    said, _, seconds = cost_of(tiff(*entries.items(), values=values))
    assert said == "The TIFF file is damaged: its strips share their bytes."
    assert seconds < 5


def test_a_public_reports_ycbcr_file_is_refused_in_a_true_sentence():
    path = Path(__file__).parents[3] / "shared" / "cases" / "photos" / "ycbcr.tif"
    if not path.is_file():
        pytest.skip("ycbcr.tif is not in ../shared/cases/photos")
    with pytest.raises(UnsupportedFormatError, match=r"holds YCbCr samples outside of JPEG. Save it as RGB"):
        decode(path.read_bytes(), 3)
