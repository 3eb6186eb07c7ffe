"""HEIC and AVIF: the primary picture, reduced to its parts; sizes and numbers in the file are held to it."""

import importlib.util
import io

import numpy as np
import pytest
from PIL import Image, ImageOps

from fovea import ImageError, ImageTooLargeError, UnreadableImageError, UnsupportedFormatError
from fovea.heif import picture_alone
from fovea.images import decode

needs_heic = pytest.mark.skipif(importlib.util.find_spec("pillow_heif") is None, reason="pillow-heif is not installed")
GREY = Image.fromarray(np.tile(np.arange(0, 240, 2, dtype=np.uint8), (80, 1)))  # 120 x 80
PHOTO = Image.merge("RGB", [GREY, GREY.transpose(Image.Transpose.ROTATE_180), GREY])
TURNED = Image.Exif()
TURNED[0x0112] = 6


def avif(image=PHOTO, **options):
    stream = io.BytesIO()
    image.save(stream, "AVIF", quality=90, speed=10, **options)
    return stream.getvalue()


def heic(image=PHOTO, **options):
    import pillow_heif

    stream = io.BytesIO()
    pillow_heif.from_pillow(image).save(stream, quality=90, **options)
    return stream.getvalue()


def with_alpha():
    image = PHOTO.convert("RGBA")
    image.putalpha(GREY)
    return image


AVIF = avif()
AVIF_FORMS = {
    "colour": {},
    "turned": {"exif": TURNED},
    "fine colours": {"subsampling": "4:4:4"},
    "XMP": {"xmp": b"<x/>"},
}


@pytest.mark.parametrize("form", AVIF_FORMS)
def test_an_avif_has_the_pixels_that_pillow_sees(form):
    data = avif(**AVIF_FORMS[form])
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
    assert np.array_equal(decode(data, 3), expected)


def test_alpha_of_an_avif_is_laid_on_white():
    data = avif(with_alpha())
    rgba = Image.open(io.BytesIO(data)).convert("RGBA")
    expected = Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")
    assert np.array_equal(decode(data, 3), expected)


@needs_heic
@pytest.mark.parametrize("options", [{}, {"tile_size": 64}, {"exif": TURNED.tobytes(), "xmp": b"<x/>"}])
def test_a_heic_has_the_pixels_that_its_reader_sees(options):
    import pillow_heif

    data = heic(**options)
    expected = pillow_heif.open_heif(io.BytesIO(data)).to_pillow().convert("RGB")
    assert np.array_equal(decode(data, 3), expected)
    assert np.abs(np.asarray(expected).astype(int).mean() - np.asarray(PHOTO).mean()) < 3


@needs_heic
def test_of_several_pictures_the_primary_is_read():
    import pillow_heif

    burst = pillow_heif.from_pillow(PHOTO)
    burst.add_from_pillow(Image.new("RGB", (64, 64)))
    stream = io.BytesIO()
    burst.save(stream, quality=90, primary_index=0)
    assert decode(stream.getvalue(), 3).size == PHOTO.size


def test_nothing_that_describes_the_picture_reaches_the_reader():
    data = avif(exif=TURNED, xmp=b"<x>" + b"words" * 1000)
    reduced = picture_alone(data)
    assert (reduced.kind, b"words" in data, b"words" in reduced.content) == ("AVIF", True, False)
    assert len(reduced.content) < len(data)


def with_number(data, box, place, value, width=4):
    """The file with another number at `place` behind the name of its first such box."""
    at = data.index(box) + 4 + place
    return data[:at] + value.to_bytes(width) + data[at + width :]


def test_a_size_above_the_limit_is_refused_before_it_is_decoded():
    large = with_number(with_number(AVIF, b"ispe", 4, 60_000), b"ispe", 8, 60_000)
    with pytest.raises(ImageTooLargeError, match="60,000 x 60,000 pixels"):
        decode(large, 3)


@needs_heic
def test_coded_data_larger_than_the_header_says_are_refused():
    small = with_number(heic(PHOTO.resize((480, 320))), b"ispe", 4, 100)
    with pytest.raises(UnreadableImageError, match="its header says 100 x 320 pixels, but its data say 480 x 320"):
        decode(small, 3)


def test_coded_data_of_an_avif_are_held_to_its_header_too():
    small = with_number(avif(PHOTO.resize((480, 320))), b"ispe", 4, 100)
    with pytest.raises(UnreadableImageError, match="its header says 100 x 320 pixels, but its data say 480 x 320"):
        decode(small, 3)


@pytest.mark.parametrize(
    ("data", "error", "sentence"),
    [
        (avif(save_all=True, append_images=[PHOTO]), UnsupportedFormatError, "The file holds an animation"),
        (AVIF[:40], UnreadableImageError, "its header cannot be read"),
        (AVIF[: len(AVIF) // 2], UnreadableImageError, "truncated or damaged"),
        (with_number(AVIF, b"pitm", 4, 9, 2), UnreadableImageError, "its header cannot be read"),
        (AVIF.replace(b"av01", b"vvc1"), UnsupportedFormatError, "a picture of the type vvc1. Save it as HEIC or JPEG"),
        (AVIF.replace(b"av1C", b"xxxx"), UnreadableImageError, "its header cannot be read"),
    ],
)
def test_a_bad_file_gets_its_own_sentence(data, error, sentence):
    with pytest.raises(error, match=sentence):
        decode(data, 3)


def test_any_damaged_byte_gives_a_picture_or_an_error_of_ours():
    head = AVIF.index(b"mdat")
    outcomes = set()
    for place in range(0, head):
        for value in (0, 255):
            data = AVIF[:place] + bytes([value]) + AVIF[place + 1 :]
            try:
                picture_alone(data)
                outcomes.add("read")
            except ImageError:
                outcomes.add("refused")
    assert outcomes == {"read", "refused"}


def test_entries_without_end_are_refused_at_once():
    with pytest.raises((UnsupportedFormatError, UnreadableImageError)):
        picture_alone(with_number(AVIF, b"iloc", 6, 0xFFFF, 2))
