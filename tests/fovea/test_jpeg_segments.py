"""A JPEG gives the pixels that Pillow sees in it, however much its descriptions would unfold to."""

import io
import struct

import numpy as np
import pytest
from cost import cost_of
from PIL import Image, ImageOps

from fovea import UnreadableImageError, UnsupportedFormatError
from fovea.images import decode
from fovea.jpeg_segments import MAX_SEGMENTS, MAX_TABLES, without_descriptions

PHOTO = Image.fromarray(np.random.default_rng(0).integers(0, 256, (6, 9, 3), dtype=np.uint8)).resize((72, 48))
TURNED = Image.Exif()
TURNED[0x0112] = 6


def encoded(image=PHOTO, kind="JPEG", **options):
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def segment(marker, content):
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def with_segments(*segments, data=None):
    """The JPEG with these right behind its start."""
    data = encoded() if data is None else data
    return data[:2] + b"".join(segments) + data[2:]


def adobe(transform):
    return segment(0xEE, b"Adobe\0\x64\0\0\0\0" + bytes([transform]))


def without_jfif(data):
    assert data[2:4] == b"\xff\xe0"
    return data[:2] + data[4 + int.from_bytes(data[4:6]) :]


XMP = segment(0xE1, b'http://ns.adobe.com/xap/1.0/\0<x tiff:Orientation="6"/>')
OTHER_XMP = segment(0xE1, b'http://ns.adobe.com/xap/1.0/\0<x tiff:Orientation="3"/>')
PHOTOS = {
    "grey": encoded(PHOTO.convert("L")),
    "subsampled": encoded(subsampling="4:2:0"),
    "RGB without transform": encoded(keep_rgb=True),
    "YCbCr by Adobe": with_segments(adobe(1), data=without_jfif(encoded())),
    "CMYK": encoded(PHOTO.convert("CMYK")),
    "YCCK": encoded(PHOTO.convert("CMYK")).replace(b"Adobe\0\x64\0\0\0\0\0", b"Adobe\0\x64\0\0\0\0\2"),
    "progressive": encoded(progressive=True),
    "restarts": encoded(restart_marker_blocks=2),
    "colour profile": encoded(icc_profile=bytes(300_000)),
    "turned": encoded(exif=TURNED),
    "turned by XMP": with_segments(XMP),
    "comment": encoded(comment=b"a photo"),
    "bytes between segments": with_segments(segment(0xFE, b"a"), b"\0\0\xff\0\xff\xff\xff"),
}


@pytest.mark.parametrize("name", PHOTOS)
def test_a_photo_gives_the_pixels_that_pillow_sees(name):
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(PHOTOS[name])))
    assert np.array_equal(decode(PHOTOS[name], 3), expected.convert("RGB"))


def test_the_first_frame_of_an_mpo_is_the_photo():
    data = encoded(kind="MPO", save_all=True, append_images=[Image.new("RGB", (72, 48))], exif=TURNED)
    frames = Image.open(io.BytesIO(data))
    assert (frames.format, frames.n_frames) == ("MPO", 2)
    assert np.array_equal(decode(data, 3), ImageOps.exif_transpose(frames))


def test_only_what_gives_the_samples_their_colour_is_kept_of_descriptions():
    exif, xmp = b"Exif\0\0II*\0", b"http://ns.adobe.com/xap/1.0/\0<x/>"
    sound = encoded()
    described = with_segments(segment(0xE1, exif), segment(0xE1, xmp), segment(0xE2, b"MPF\0"), segment(0xFE, b"note"))
    assert without_descriptions(described) == (sound, {"exif": exif, "xmp": b"<x/>"})
    assert b"JFIF\0" in sound


def test_the_first_of_several_descriptions_counts():
    assert decode(with_segments(XMP, OTHER_XMP), 3).size == (48, 72)
    assert decode(with_segments(OTHER_XMP, XMP), 3).size == (72, 48)


SOUND = encoded()
SCAN = SOUND.index(b"\xff\xda")


@pytest.mark.parametrize(
    "data",
    [
        SOUND[:3],
        SOUND[:SCAN],
        SOUND[: SCAN + 5],
        with_segments(segment(0xE1, b"Exif\0\0")[:3] + b"\1"),
        with_segments(b"\xff\xd8"),
        with_segments(b"\xff\xd9"),
        with_segments(b"\xff\x01"),
        with_segments(b"\xff\xf0"),
    ],
)
def test_a_header_that_is_damaged_is_unreadable(data):
    with pytest.raises(UnreadableImageError, match="The JPEG file is damaged: its header cannot"):
        decode(data, 3)


def test_segments_without_end_are_refused():
    empty, table = segment(0xFE, b""), segment(0xDB, b"")
    decode(with_segments(empty * (MAX_SEGMENTS - 20)), 3)
    for many in (empty * MAX_SEGMENTS, table * MAX_TABLES):
        with pytest.raises(UnsupportedFormatError, match="The JPEG file has over 4,096 segments or 64 tables"):
            decode(with_segments(many), 3)


def unfolding(entries, value_bytes):
    """EXIF data over several segments, whose entries share one value."""
    behind = 8 + 2 + 12 * entries + 4
    tiff = b"II*\0" + struct.pack("<IH", 8, entries)
    tiff += b"".join(struct.pack("<HHII", 0x8000 + n, 7, value_bytes, behind) for n in range(entries))
    tiff += bytes(4 + value_bytes)
    return [segment(0xE1, b"Exif\0\0" + tiff[start : start + 65_000]) for start in range(0, len(tiff), 65_000)]


def in_a_chunk(segments):
    """The same EXIF data in a WebP."""
    exif = b"Exif\0\0" + b"".join(each[10:] for each in segments)
    return encoded(kind="WEBP", exif=exif)


BOMBS = {
    "shared values": with_segments(*unfolding(4_000, 135_000)),
    "many segments": with_segments(*[segment(0xE1, b"Exif\0\0" + bytes(5_000))] * 4_000),
    "profiles": with_segments(*[segment(0xE2, b"ICC_PROFILE\0\1\1" + bytes(5_000))] * 4_000),
    "Photoshop resources": with_segments(segment(0xED, b"Photoshop 3.0\0" + b"8BIM\0\0\0\0\0\0\0\0" * 5_000) * 300),
    "fill bytes": with_segments(b"\xff" * 20_000_000),
    "restarts": with_segments(b"\xff\xd0" * 10_000_000),
    "WebP": in_a_chunk(unfolding(4_000, 1_000_000)),
}


@pytest.mark.parametrize("name", BOMBS)
def test_what_unfolds_in_a_photo_costs_little(name):
    assert len(BOMBS[name]) <= 21_000_000
    said, peak_mb, seconds = cost_of(BOMBS[name])
    assert said == "(72, 48)"
    assert peak_mb < 120 + 3 * len(BOMBS[name]) / 1e6
    assert seconds < 5
