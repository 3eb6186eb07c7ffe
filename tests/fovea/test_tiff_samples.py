"""TIFF samples of every form come out right, or are refused by what they are."""

import struct

import numpy as np
import pytest

from fovea import UnsupportedFormatError
from fovea.images import decode

HEIGHT, WIDTH = 8, 12
SHORT, LONG = 3, 4
GENERATOR = np.random.default_rng(0)
FULL = GENERATOR.integers(0, 65536, (HEIGHT, WIDTH)).astype(np.uint16)
RGB = GENERATOR.integers(0, 65536, (HEIGHT, WIDTH, 3)).astype(np.uint16)


def tiff(pixels, *, photometric, bits, order="<", **tags):
    """A TIFF of one strip; `tags` are further entries or other values, named `tag_N`."""
    samples = len(bits)
    values = struct.pack(f"{order}{samples}H", *bits) if samples > 2 else b""
    values += bytes(len(values) % 2)
    directory = 8 + len(pixels) + len(values)
    entries = {256: (LONG, 1, WIDTH), 257: (LONG, 1, HEIGHT), 259: (SHORT, 1, 1), 262: (SHORT, 1, photometric)}
    entries |= {273: (LONG, 1, 8), 277: (SHORT, 1, samples), 278: (LONG, 1, HEIGHT), 279: (LONG, 1, len(pixels))}
    entries[258] = (SHORT, samples, 8 + len(pixels)) if samples > 2 else (SHORT, samples, *bits)
    entries |= {int(name[4:]): value for name, value in tags.items() if value}
    for name, value in tags.items():
        if value is None:
            del entries[int(name[4:])]
    packed = b"".join(
        struct.pack(f"{order}HHI", tag, *entries[tag][:2]) + field(order, *entries[tag]) for tag in sorted(entries)
    )
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", directory)
    return head + pixels + values + struct.pack(f"{order}H", len(entries)) + packed + bytes(4)


def field(order, kind, count, *values):
    if kind == SHORT and count < 3:
        return struct.pack(f"{order}HH", *values, *[0] * (2 - len(values)))
    return struct.pack(f"{order}I", *values)


def in_order(array, order):
    return array.astype(array.dtype.newbyteorder(order)).tobytes()


def packed_bits(samples, bits):
    """Each row of samples from the highest bit on."""
    rows = ["".join(f"{value:0{bits}b}" for value in row) for row in samples]
    return b"".join(int(row.ljust(-(-len(row) // 8) * 8, "0"), 2).to_bytes(-(-len(row) // 8)) for row in rows)


def seen(data, channels=1):
    return np.asarray(decode(data, channels)).astype(int)


@pytest.mark.parametrize("order", "<>")
def test_sixteen_bits_are_read_in_both_byte_orders(order):
    data = tiff(in_order(FULL, order), photometric=1, bits=[16], order=order)
    assert np.array_equal(seen(data), np.rint(FULL / 257))


@pytest.mark.parametrize("order", "<>")
def test_sixteen_bits_whose_zero_is_white_are_inverted(order):
    data = tiff(in_order(FULL, order), photometric=0, bits=[16], order=order)
    assert np.array_equal(seen(data), 255 - np.rint(FULL / 257))
    assert np.array_equal(seen(data, 3)[:, :, 1], 255 - np.rint(FULL / 257))


@pytest.mark.parametrize("photometric", [0, 1])
@pytest.mark.parametrize("bits", [1, 2, 4, 12])
def test_samples_of_few_bits_are_scaled_to_their_own_white(bits, photometric):
    samples = GENERATOR.integers(0, 1 << bits, (HEIGHT, WIDTH))
    expected = np.rint(samples * 255 / ((1 << bits) - 1))
    data = tiff(packed_bits(samples, bits), photometric=photometric, bits=[bits])
    assert np.array_equal(seen(data), expected if photometric else 255 - expected)


@pytest.mark.parametrize("order", "<>")
def test_colours_of_sixteen_bits_are_read_to_a_level(order):
    data = tiff(in_order(RGB, order), photometric=2, bits=[16] * 3, order=order)
    assert np.abs(seen(data, 3) - RGB / 257).max() < 1


def test_colours_of_twelve_bits_in_sixteen_are_refused_as_greys_are():
    data = tiff(in_order(RGB >> 4, "<"), photometric=2, bits=[16] * 3)
    with pytest.raises(UnsupportedFormatError, match="16 bits a sample but no value above 4,095 of 65,535"):
        decode(data, 3)


def test_planes_of_eight_bits_are_put_together():
    planes = np.ascontiguousarray(np.moveaxis(RGB >> 8, -1, 0).astype(np.uint8))
    size = HEIGHT * WIDTH
    places = struct.pack("<6I", 8, 8 + size, 8 + 2 * size, size, size, size)
    data = tiff(
        planes.tobytes() + places,
        photometric=2,
        bits=[8] * 3,
        tag_284=(SHORT, 1, 2),
        tag_273=(LONG, 3, 8 + 3 * size),
        tag_279=(LONG, 3, 20 + 3 * size),
    )
    assert np.array_equal(seen(data, 3), RGB >> 8)


def test_four_inks_are_mixed():
    inks = GENERATOR.integers(0, 256, (HEIGHT, WIDTH, 4)).astype(np.uint8)
    data = tiff(inks.tobytes(), photometric=5, bits=[8] * 4)
    light = 255 - inks.astype(float)
    assert np.abs(seen(data, 3) - light[:, :, :3] * light[:, :, 3:] / 255).max() <= 1


@pytest.mark.parametrize("kind", [1, 2])
def test_alpha_is_laid_on_white_multiplied_or_not(kind):
    pixels = np.full((HEIGHT, WIDTH, 4), (100, 50, 0, 128), np.uint8)
    data = tiff(pixels.tobytes(), photometric=2, bits=[8] * 4, tag_338=(SHORT, 1, kind))
    colour = np.array([100, 50, 0]) if kind == 1 else np.array([100, 50, 0]) * 128 / 255
    assert np.abs(seen(data, 3) - (colour + 127)).max() <= 2


def grey(bits, kind, **tags):
    return tiff(bytes(HEIGHT * WIDTH * bits // 8), photometric=1, bits=[bits], tag_339=(SHORT, 1, kind), **tags)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (grey(8, 2), "The TIFF file holds signed samples. Save it with unsigned integers of 8 or 16 bits."),
        (grey(16, 2), "The TIFF file holds signed samples. Save it with unsigned integers of 8 or 16 bits."),
        (grey(16, 3), "The TIFF file holds floating-point samples. Save it with unsigned integers of 8 or 16 bits."),
        (grey(32, 3), "The image has 32 bits a sample. Fovea reads 8 and 16."),
        (grey(32, 1), "The image has 32 bits a sample. Fovea reads 8 and 16."),
        (tiff(bytes(288), photometric=8, bits=[8] * 3), "The TIFF file holds CIELab colours. Save it as RGB."),
        (tiff(bytes(96), photometric=32_803, bits=[8]), "The TIFF file holds a camera's raw samples. Save it as RGB."),
        (tiff(bytes(96), photometric=77, bits=[8]), "The TIFF file holds colours of the kind 77. Save it as RGB."),
        (
            tiff(bytes(192), photometric=1, bits=[8, 8], tag_338=(SHORT, 1, 1)),
            "The TIFF file holds grey samples of 8, 8 bits, which are not read. Save it as grey or RGB of 8 bits.",
        ),
        (
            tiff(bytes(192), photometric=2, bits=[5, 6, 5]),
            "The TIFF file holds RGB samples of 5, 6, 5 bits, which are not read. Save it as grey or RGB of 8 bits.",
        ),
        (
            tiff(bytes(192), photometric=1, bits=[16], tag_262=None),
            "The TIFF file holds grey samples without saying which is white. Save it again.",
        ),
        (
            tiff(bytes(96), photometric=1, bits=[8], tag_254=(LONG, 1, 1)),
            "The TIFF file begins with a thumbnail, as raw photos do. Send it as JPEG.",
        ),
    ],
)
def test_what_is_not_read_is_refused_by_what_it_is(data, sentence):
    with pytest.raises(UnsupportedFormatError) as caught:
        decode(data, 3)
    assert str(caught.value) == sentence


def test_planes_of_sixteen_bits_are_refused():
    size = 2 * HEIGHT * WIDTH
    places = struct.pack("<6I", 8, 8 + size, 8 + 2 * size, size, size, size)
    tags = {"tag_273": (LONG, 3, 8 + 3 * size), "tag_279": (LONG, 3, 20 + 3 * size), "tag_284": (SHORT, 1, 2)}
    data = tiff(bytes(3 * size) + places, photometric=2, bits=[16] * 3, **tags)
    with pytest.raises(UnsupportedFormatError, match=r"holds RGB planes of 16 bits. Save it with its colours together"):
        decode(data, 3)
