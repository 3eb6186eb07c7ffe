"""Colours of a profile become those of sRGB; what is broken, too large or no photo stays as it is."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from evidence.wide_gamut import D50, DISPLAY_P3, SRGB, converted, profile, xyz
from fovea.colour_profile import MAX_PROFILE_BYTES
from fovea.images import decode

PIXELS = np.random.default_rng(0).integers(0, 256, (16, 24, 3), dtype=np.uint8)
PHOTO = Image.fromarray(PIXELS)
GAMMA = 460 / 256
GREY = profile(b"GRAY", {b"wtpt": xyz(D50), b"kTRC": b"curv" + struct.pack(">4xIH", 1, 460)})


def file_of(image, kind, **options):
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def difference(image, expected):
    return np.abs(np.asarray(image).astype(int) - expected).max()


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP", "JPEG", "AVIF"])
def test_display_p3_becomes_srgb_in_each_format(kind):
    options = {"WEBP": {"lossless": True}, "JPEG": {"quality": 95, "subsampling": 0}}.get(kind, {})
    plain = np.asarray(decode(file_of(PHOTO, kind, **options), 3))  # as the codec stores it
    found = decode(file_of(PHOTO, kind, icc_profile=DISPLAY_P3.profile(), **options), 3)
    assert difference(found, converted(plain, DISPLAY_P3, SRGB).astype(int)) <= 2
    assert difference(found, plain) > 20


def test_a_profile_in_several_parts_of_a_jpeg_is_put_together():
    padded = DISPLAY_P3.profile() + bytes(150_000)
    data = file_of(PHOTO, "JPEG", icc_profile=padded)
    assert data.count(b"ICC_PROFILE\0") == 3
    assert difference(decode(data, 3), np.asarray(decode(file_of(PHOTO, "JPEG"), 3)).astype(int)) > 20


def test_transparent_pixels_and_palettes_are_converted_too():
    rgba = PHOTO.convert("RGBA")
    rgba.putalpha(Image.fromarray(np.full((16, 24), 255, np.uint8)))
    expected = converted(PIXELS, DISPLAY_P3, SRGB).astype(int)
    assert difference(decode(file_of(rgba, "PNG", icc_profile=DISPLAY_P3.profile()), 3), expected) <= 2
    palette = PHOTO.convert("P")
    expected = converted(np.asarray(palette.convert("RGB")), DISPLAY_P3, SRGB).astype(int)
    assert difference(decode(file_of(palette, "PNG", icc_profile=DISPLAY_P3.profile()), 3), expected) <= 2


def test_a_grey_profile_gives_a_photo_its_greys():
    data = file_of(Image.fromarray(PIXELS[:, :, 0]), "PNG", icc_profile=GREY)
    expected = np.rint(SRGB.encoded((PIXELS[:, :, 0] / 255) ** GAMMA) * 255).astype(int)
    assert difference(decode(data, 3).getchannel("G"), expected) <= 3
    assert difference(expected, PIXELS[:, :, 0]) > 10


def test_a_film_keeps_its_greys():
    data = file_of(Image.fromarray(PIXELS[:, :, 0]), "PNG", icc_profile=GREY)
    assert np.array_equal(decode(data, 1), PIXELS[:, :, 0])


def press():
    """A press whose cyan prints as a grey of half lightness, black as black, and any other ink as white."""
    identity = bytes(range(256))
    lightness = [0 if inks & 1 else 128 if inks & 8 else 255 for inks in range(16)]
    nodes = bytes(byte for each in lightness for byte in (each, 128, 128))
    matrix = struct.pack(">9i", *(65536 * (index % 4 == 0) for index in range(9)))
    table = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + matrix + identity * 4 + nodes + identity * 3
    return profile(b"CMYK", {b"wtpt": xyz(D50), b"A2B0": table}, connection=b"Lab ")


def test_inks_are_what_their_press_prints():
    cyan = Image.new("CMYK", (16, 16), (255, 0, 0, 0))
    found = np.asarray(decode(file_of(cyan, "TIFF", icc_profile=press()), 3))
    assert np.abs(found.astype(int) - 119).max() <= 2  # L* 50 in sRGB
    assert np.asarray(decode(file_of(cyan, "TIFF"), 3))[0, 0].tolist() == [0, 255, 255]


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        bytes(3000),
        DISPLAY_P3.profile()[:200],
        DISPLAY_P3.profile().replace(b"rTRC", b"none"),
        DISPLAY_P3.profile().replace(b"RGB ", b"CMYK", 1),
        DISPLAY_P3.profile().replace(b"mntr", b"link"),
        DISPLAY_P3.profile().replace(b"curv", b"xxxx"),
        DISPLAY_P3.profile() + bytes(MAX_PROFILE_BYTES),
        GREY,
    ],
)
def test_a_broken_or_foreign_profile_is_ignored(broken):
    assert np.array_equal(decode(file_of(PHOTO, "PNG", icc_profile=broken), 3), PIXELS)


def test_srgb_itself_changes_no_pixel():
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert np.array_equal(decode(file_of(PHOTO, "PNG", icc_profile=srgb), 3), PIXELS)


def test_an_image_that_is_passed_stays_as_it_is():
    image = Image.open(io.BytesIO(file_of(PHOTO, "PNG", icc_profile=DISPLAY_P3.profile())))
    found = decode(image, 3)
    assert difference(found, converted(PIXELS, DISPLAY_P3, SRGB).astype(int)) <= 2
    assert np.array_equal(image, PIXELS)


def test_a_profile_that_unfolds_to_much_is_ignored():
    data = file_of(PHOTO, "PNG")
    content = b"icc\0\0" + zlib.compress(DISPLAY_P3.profile() + bytes(200_000_000), 1)
    chunk = struct.pack(">I", len(content)) + b"iCCP" + content + struct.pack(">I", zlib.crc32(b"iCCP" + content))
    assert np.array_equal(decode(data[:33] + chunk + data[33:], 3), PIXELS)
