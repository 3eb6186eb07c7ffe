"""No bytes whatever make the reader fail with anything but its own errors, or take memory without bound."""

import subprocess
import sys

import numpy as np
import pytest
from films import compressed, deflated, film, jpeg_baseline, plain_body, written
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.uid import ExplicitVRBigEndian, JPEG2000Lossless, JPEGLSLossless, RLELossless

from export.runtime.dicom import read_dicom
from export.runtime.errors import FoveaError, UnreadableImageError

VALUES = np.arange(32 * 32).reshape(32, 32)
HEAD = bytes(128) + b"DICM"


def whole_files():
    def twelve_bits():
        return film(VALUES, 12, WindowCenter=512, WindowWidth=1024)

    return {
        "explicit": written(twelve_bits()),
        "big endian": written(twelve_bits(), ExplicitVRBigEndian),
        "deflated": deflated(plain_body(twelve_bits())),
        "rle": compressed(twelve_bits(), RLELossless),
        "jpeg 2000": compressed(twelve_bits(), JPEG2000Lossless),
        "jpeg-ls": compressed(twelve_bits(), JPEGLSLossless),
        "jpeg": jpeg_baseline(film(VALUES % 256)),
    }


FILES = whole_files()


def read_or_refuse(data):
    try:
        return np.asarray(read_dicom(data).render())
    except FoveaError:
        return None


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes(content):
    read_or_refuse(content)
    read_or_refuse(HEAD + content)
    read_or_refuse(FILES["explicit"][:336] + content)


@settings(max_examples=60, deadline=None)
@pytest.mark.parametrize("kind", FILES)
@given(data=st.data())
def test_changed_bytes(kind, data):
    content = bytearray(FILES[kind])
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    read_or_refuse(bytes(content))


@settings(max_examples=60, deadline=None)
@pytest.mark.parametrize("kind", FILES)
@given(data=st.data())
def test_bytes_taken_out_or_put_in(kind, data):
    content = FILES[kind]
    start = data.draw(st.integers(0, len(content)))
    stop = data.draw(st.integers(start, min(len(content), start + 200)))
    read_or_refuse(content[:start] + data.draw(st.binary(max_size=50)) + content[stop:])


@pytest.mark.parametrize("kind", FILES)
def test_a_truncated_file_is_refused_or_whole_but_never_half_an_image(kind):
    content = FILES[kind]
    image = read_or_refuse(content)
    assert image is not None
    for length in range(0, len(content), 3):
        cut = read_or_refuse(content[:length])
        assert cut is None or (cut == image).all(), f"{length} of {len(content)} bytes"


def test_missing_pixels_are_counted():
    with pytest.raises(UnreadableImageError, match=r"PixelData holds 3 bytes|truncated"):
        read_dicom(written(film(VALUES, 12, PixelData=b"\0\0")))


def test_sequences_nested_without_end_are_refused():
    nested = b"\x28\x00\x10\x30SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff" * 5000
    assert read_or_refuse(FILES["explicit"][:336] + nested) is None


BOMB = """
import resource, sys
sys.path.insert(0, {folder!r})
from films import deflated
from export.runtime.dicom import read_dicom
from export.runtime.errors import FoveaError
data = {make}
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    read_dicom(data)
    print("read")
except FoveaError as error:
    print(type(error).__name__)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def peak_of(make, folder):
    """What reading says, and by how many MiB the process grew at its peak, in a process of its own."""
    code = BOMB.format(folder=str(folder), make=make)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    said, grown = done.stdout.split()
    return said, int(grown)


def test_memory_stays_bounded_on_bombs(request):
    folder = request.path.parent
    said, grown = peak_of("deflated(bytes(1_000_000_000))", folder)
    assert said == "ImageTooLargeError"
    assert grown < 500
