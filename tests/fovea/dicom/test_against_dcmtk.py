"""Pixels beside those of other readers, where one is installed: DCMTK (apt package dcmtk) or GDCM."""

import shutil
import subprocess

import jpeg_ls
import numpy as np
import pytest
from films import compressed, encapsulated, film, jpeg, lossless_jpeg, written
from PIL import Image
from pydicom import dcmread
from pydicom.uid import (
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)
from test_wrapping import J2K, before_the_end, scan, segment

from fovea.dicom import read_dicom

ROWS, COLUMNS = np.mgrid[0:40, 0:64]
TWELVE = 1000 + 30 * ROWS + 20 * COLUMNS
EIGHT = (TWELVE // 16).astype(np.uint8)
WINDOW = {"WindowCenter": 2048, "WindowWidth": 4096}
FULL = {"WindowCenter": 128, "WindowWidth": 256}
LOSSLESS = lossless_jpeg(TWELVE, 12)


def twelve(**elements):
    return film(TWELVE, 12, **WINDOW, **elements)


FILES = {
    "explicit": written(twelve()),
    "implicit": written(twelve(), ImplicitVRLittleEndian),
    "big endian": written(twelve(), ExplicitVRBigEndian),
    "MONOCHROME1": written(twelve(PhotometricInterpretation="MONOCHROME1")),
    "rle": compressed(twelve(), RLELossless),
    "jpeg": encapsulated(film(EIGHT, **FULL), jpeg(EIGHT, quality=95), JPEGBaseline8Bit),
    "jpeg and a space": encapsulated(film(EIGHT, **FULL), jpeg(EIGHT, quality=95) + b" ", JPEGBaseline8Bit),
    "jpeg lossless": encapsulated(twelve(), LOSSLESS, JPEGLosslessSV1),
    "jpeg lossless, Se 63": encapsulated(twelve(), scan(LOSSLESS, 1, None, None, 1, 63, 0), JPEGLosslessSV1),
    "point transform": encapsulated(twelve(), lossless_jpeg(TWELVE, 12, 2), JPEGLosslessSV1),
    "jpeg-ls": encapsulated(twelve(), bytes(jpeg_ls.encode_array(TWELVE.astype(np.uint16))), JPEGLSLossless),
    "jpeg 2000": encapsulated(twelve(), J2K, JPEG2000Lossless),
    "jpeg 2000, COM": encapsulated(twelve(), before_the_end(J2K, segment(0x64, b"\0\1PADDING")), JPEG2000Lossless),
}
LOSSY = ("jpeg", "jpeg and a space")  # decoders may round the cosine transform otherwise (ISO 10918-2)
# DCMTK has no JPEG 2000, and wants an Se of 0 in a lossless scan.
NOT_READ_BY_DCMTK = ("jpeg 2000", "jpeg 2000, COM", "jpeg lossless, Se 63")
DCMTK_TOOLS = {kind: "dcmj2pnm" for kind in FILES if kind.startswith(("jpeg", "point"))} | {"jpeg-ls": "dcml2pnm"}


@pytest.mark.parametrize("kind", [kind for kind in FILES if kind not in NOT_READ_BY_DCMTK])
def test_greys_are_those_of_dcmtk(kind, tmp_path):
    tool = DCMTK_TOOLS.get(kind, "dcm2pnm")
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed (apt package dcmtk)")
    (tmp_path / "film.dcm").write_bytes(FILES[kind])
    subprocess.run(
        [tool, "--write-raw-pnm", "--use-window", "1", "film.dcm", "film.pgm"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        timeout=30,
    )
    theirs = np.asarray(Image.open(tmp_path / "film.pgm").convert("L")).astype(int)
    ours = np.asarray(read_dicom(FILES[kind]).render()).astype(int)
    assert np.abs(ours - theirs).max() <= 2


@pytest.mark.parametrize("kind", [kind for kind in FILES if kind != "big endian"])
def test_stored_values_are_those_of_gdcm(kind, tmp_path):
    if shutil.which("gdcmconv") is None:
        pytest.skip("gdcmconv is not installed (apt package libgdcm-tools)")
    (tmp_path / "film.dcm").write_bytes(FILES[kind])
    done = subprocess.run(
        ["gdcmconv", "--raw", "film.dcm", "raw.dcm"], cwd=tmp_path, capture_output=True, timeout=30, check=False
    )
    if done.returncode:
        pytest.skip("this version of GDCM does not read the file")
    theirs = dcmread(tmp_path / "raw.dcm").pixel_array.astype(float)
    largest = np.abs(read_dicom(FILES[kind]).values - theirs).max()
    assert largest <= (1 if kind in LOSSY else 0)


def test_the_files_are_read_alike_without_other_readers_too():
    plain = np.asarray(read_dicom(written(twelve())).render())
    for kind in ("implicit", "big endian", "rle", "jpeg lossless", "jpeg lossless, Se 63", "jpeg-ls", "jpeg 2000, COM"):
        assert np.array_equal(read_dicom(FILES[kind]).render(), plain)
