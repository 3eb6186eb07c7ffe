"""Good files give the right pixels; bad ones their own sentence."""

import contextlib
import io
import zlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from fovea import ImageError, ImageTooLargeError, UnreadableImageError, UnsupportedFormatError
from fovea.images import decode
from fovea.kinds import read_formats

KINDS = read_formats()
RED = Image.new("RGB", (4, 2), (255, 0, 0))


def encode(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def frames(kind):
    others = [Image.new("RGB", (4, 2), (0, 255, 0)), Image.new("RGB", (4, 2), (0, 0, 255))]
    return encode(RED, kind, save_all=True, append_images=others)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_each_format_gives_its_colour(kind):
    pixels = np.asarray(decode(encode(Image.new("RGB", (32, 16), (200, 30, 40)), kind), 3))
    assert pixels.shape == (16, 32, 3)
    assert np.abs(pixels.astype(int) - (200, 30, 40)).max() <= 4


def test_colour_becomes_grey_by_itu_601_luma():
    assert np.asarray(decode(encode(RED, "PNG"), 1))[0, 0] == 76  # 0.299 * 255


IHDR = b"IHDR" + (50_000).to_bytes(4, "big") * 2 + b"\x08\x00\x00\x00\x00"
BIG_HEADER = (
    b"\x89PNG\r\n\x1a\n"
    + (13).to_bytes(4, "big")
    + IHDR
    + zlib.crc32(IHDR).to_bytes(4, "big")
    + b"\x00\x00\x00\x04IDAT"
)


@pytest.mark.parametrize(
    ("data", "error", "sentence"),
    [
        (b"", UnreadableImageError, "The file is empty (0 bytes)."),
        (b"hello", UnsupportedFormatError, f"The file is text, not an image. Send a {KINDS} file."),
        (
            b"hello, I am a picture",
            UnsupportedFormatError,
            "The file is text, not an image. Send a PNG, JPEG, WebP, TIFF, ",
        ),
        (frames("GIF"), UnsupportedFormatError, "The file holds 3 frames. Send a single still image."),
        (b"%PDF-1.7\n", UnsupportedFormatError, "The file is a PDF document."),
        (
            b"\x00" * 128 + b"DICM" + b"\x02\x00",
            UnsupportedFormatError,
            "The file is a DICOM file, and this model reads colour photos.",
        ),
        (b"MM\0+" + bytes(20), UnsupportedFormatError, "The file is a BigTIFF file."),
        (b"\0\0\0\x18ftypmp42" + bytes(20), UnsupportedFormatError, "The file is a video file."),
        (b"BMW drives", UnsupportedFormatError, "The file is text, not an image."),
        (b"\xfe\xed\xfa\xce" * 5, UnsupportedFormatError, "The file is of an unknown kind."),
        (BIG_HEADER, ImageTooLargeError, "The image is 50,000 x 50,000 pixels (2,500 megapixels). Send at most 64"),
        (frames("WEBP"), UnsupportedFormatError, "The file holds 3 frames. Send a single still image."),
        (frames("PNG"), UnsupportedFormatError, "The file holds 3 frames. Send a single still image."),
        (frames("TIFF"), UnsupportedFormatError, "The file holds 3 frames. Send a single still image."),
        (
            encode(Image.new("F", (4, 4)), "TIFF"),
            UnsupportedFormatError,
            "The image has 32 bits a sample. Fovea reads 8 and 16",
        ),
    ],
)
def test_a_bad_file_gets_its_own_sentence(data, error, sentence):
    with pytest.raises(error) as caught:
        decode(data, 3)
    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_truncated_file_is_unreadable(kind):
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8))
    data = encode(noise, kind)
    with pytest.raises(UnreadableImageError):
        decode(data[: len(data) // 2], 3)


def test_sixteen_bit_grey_is_scaled_over_its_full_range():
    image = Image.fromarray(np.array([[0, 257, 128 * 257, 65535]], dtype=np.uint16))
    data = encode(image, "PNG")
    assert Image.open(io.BytesIO(data)).mode.startswith("I")
    assert np.asarray(decode(data, 1)).tolist() == [[0, 1, 128, 255]]


def test_every_sixteen_bit_value_is_divided_by_257_and_rounded():
    values = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    assert np.array_equal(np.asarray(decode(encode(Image.fromarray(values), "PNG"), 1)), np.rint(values / 257))


@pytest.mark.parametrize("brightest", [0, 1023, 4095, 16383])
@pytest.mark.parametrize("kind", ["PNG", "TIFF", None])
def test_sixteen_bits_that_are_not_scaled_to_their_range_are_refused(brightest, kind):
    values = np.linspace(0, brightest, 100).astype(np.uint16).reshape(10, 10)
    with pytest.raises(UnsupportedFormatError) as caught:
        decode(encode(Image.fromarray(values), kind) if kind else values, 1)
    assert str(caught.value).startswith(f"The image has 16 bits a sample but no value above {brightest:,} of 65,535")


def test_a_dark_sixteen_bit_image_is_read_from_a_quarter_of_white_on():
    values = np.array([[0, 16384]], dtype=np.uint16)
    assert np.asarray(decode(encode(Image.fromarray(values), "PNG"), 1)).tolist() == [[0, 64]]


def test_a_cmyk_jpeg_keeps_its_colour():
    data = encode(RED.resize((16, 16)).convert("CMYK"), "JPEG")
    assert np.asarray(decode(data, 3))[8, 8] == pytest.approx([255, 0, 0], abs=6)


def test_exif_orientation_turns_the_image_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # rotate by 90 degrees
    left_white = Image.new("L", (40, 20))
    left_white.paste(255, (0, 0, 20, 20))
    upright = np.asarray(decode(encode(left_white, "JPEG", exif=exif), 1))
    assert upright.shape == (40, 20)
    assert (upright[4, 10], upright[35, 10]) == (255, 0)  # what was left is on top


def test_transparency_is_laid_on_white():
    assert np.asarray(decode(encode(Image.new("RGBA", (2, 2), (255, 0, 0, 0)), "PNG"), 3))[0, 0].tolist() == [255] * 3
    half = np.asarray(decode(encode(Image.new("LA", (2, 2), (0, 128)), "PNG"), 1))
    assert half[0, 0] == pytest.approx(127, abs=1)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_what_is_white_alone_is_laid_on_black(mode):
    drawing = Image.new("LA", (4, 4), (0, 0))
    drawing.paste((250, 255), (1, 1, 3, 3))
    seen = np.asarray(decode(encode(drawing.convert(mode), "PNG"), 1))
    assert (seen[0, 0], seen[1, 1]) == (0, 250)
    drawing.putpixel((0, 0), (200, 255))  # which is seen on white
    assert np.asarray(decode(encode(drawing.convert(mode), "PNG"), 1))[3, 3] == 255


@pytest.mark.parametrize("mode", ["1", "P"])
def test_palette_and_bilevel_images_are_read(mode):
    assert np.asarray(decode(encode(Image.new("L", (3, 3), 255).convert(mode), "PNG"), 1)).tolist() == [[255] * 3] * 3


@pytest.mark.parametrize("shape", [(5, 4), (5, 4, 1), (5, 4, 3), (5, 4, 4)])
def test_arrays_of_each_shape_are_read(shape):
    assert decode(np.full(shape, 255, dtype=np.uint8), 1).size == (4, 5)


@pytest.mark.parametrize(
    ("shape", "dtype"),
    [
        ((4, 4), "float64"),
        ((4, 4), "bool"),
        ((4, 4), "int8"),
        ((4, 4, 3), "uint16"),
        ((4,), "uint8"),
        ((4, 4, 2), "uint8"),
        ((1, 4, 4, 3), "uint8"),
    ],
)
def test_an_array_of_another_dtype_or_shape_is_refused_with_both(shape, dtype):
    with pytest.raises(UnsupportedFormatError) as caught:
        decode(np.zeros(shape, dtype=dtype), 1)
    assert str(caught.value).startswith(f"The array is {dtype} {shape}. Pass uint8 (H, W)")


@pytest.mark.parametrize("shape", [(0, 4), (4, 0), (0, 0, 3), (4, 0, 1)])
def test_an_array_without_pixels_is_refused(shape):
    with pytest.raises(UnreadableImageError, match="The array is empty"):
        decode(np.zeros(shape, dtype=np.uint8), 1)


def test_what_is_no_image_at_all_is_refused_by_its_type():
    with pytest.raises(UnsupportedFormatError, match=r"The image is a str. Pass bytes"):
        decode("path.png", 1)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data:UserWarning")
def test_a_tiff_whose_directory_chain_is_damaged_is_unreadable():
    data = bytearray(encode(RED, "TIFF"))
    assert data[:4] == b"II*\x00"
    entries = int.from_bytes(data[8:10], "little")
    following = 10 + 12 * entries  # where the offset of the next directory stands; 0 ends the chain
    assert data[following : following + 4] == bytes(4)
    data[following] = 140  # into the pixels, which are no directory
    with pytest.raises(UnreadableImageError, match="truncated or damaged"):
        decode(bytes(data), 3)


SOUND = [encode(RED.resize((16, 16)), kind) for kind in ("PNG", "JPEG", "WEBP", "TIFF")]


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's own, on tags that it skips
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(SOUND), st.data())
def test_damaged_bytes_give_an_image_or_an_image_error_and_nothing_else(sound, data):
    content = bytearray(sound)
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    content = content[: data.draw(st.integers(1, len(content)))]
    with contextlib.suppress(ImageError):
        assert decode(bytes(content), 3).mode == "RGB"
