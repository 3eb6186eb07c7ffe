"""Uploads that nobody means to send: films cut, flipped, spliced and mislabelled, and noise. The same for each seed."""

import io
import struct
import zlib

import numpy as np
from endpoint import PHANTOM
from PIL import Image
from pydicom import dcmread, dcmwrite
from pydicom.encaps import encapsulate
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    RLELossless,
)

from fovea.dicom import read_dicom

DICOM, PNG, JPEG, FORM = "application/dicom", "image/png", "image/jpeg", "multipart/form-data"
DECLARED = (DICOM, PNG, JPEG, "application/octet-stream")
ODD_TYPES = (
    "",
    "text/plain",
    "image/tiff",
    "application/json",
    "dicom",
    "image/png; q=\u00e9",
    FORM,
    f"{FORM}; boundary=",
)
SIZE_PX = 96


def small_films():
    """The drawn film, small, as (bytes, content type): DICOM in seven transfer syntaxes, PNG of 8 and 16 bits, JPEG."""
    image = read_dicom(PHANTOM).render().resize((SIZE_PX, SIZE_PX))
    grey = np.asarray(image)
    films = [(_file(image, "PNG"), PNG), (_file(Image.fromarray(grey.astype(np.uint16) * 257), "PNG"), PNG)]
    films += [(_file(image, "JPEG", quality=90), JPEG), (_file(image.convert("RGB"), "JPEG", progressive=True), JPEG)]
    films += [(_dicom(grey), DICOM)]
    films += [(_dicom(grey, syntax), DICOM) for syntax in (ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian)]
    for syntax in (RLELossless, JPEG2000Lossless, JPEGLSLossless):
        dataset = _dataset(grey)
        dataset.compress(syntax, generate_instance_uid=False)
        films.append((_written(dataset), DICOM))
    dataset = _dataset(grey)
    dataset.PixelData = encapsulate([_file(image, "JPEG", quality=90)])
    dataset["PixelData"].VR, dataset["PixelData"].is_undefined_length = "OB", True
    dataset.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    return [*films, (_written(dataset), DICOM)]


def mutants(count, seed):
    """`count` uploads as (body, content type)."""
    random = np.random.default_rng(seed)
    films = small_films()
    for _ in range(count):
        yield _mutant(random, films)


def _mutant(random, films):
    body, declared = films[random.integers(len(films))]
    other = films[random.integers(len(films))][0]
    if random.random() < 0.1:
        body, declared = _resized_png(random, films[0][0]), PNG
    elif random.random() < 0.9:
        body = CHANGES[random.integers(len(CHANGES))](random, body, other)
    if random.random() < 0.15:
        declared = str(random.choice(DECLARED))
    if random.random() < 0.05:
        declared = str(random.choice(ODD_TYPES))
    return _in_a_form(random, body, declared) if random.random() < 0.1 else (body, declared)


def _truncated(random, body, _other):
    return body[: random.integers(len(body))]


def _flipped_anywhere(random, body, _other):
    return _flipped(random, body, within=len(body))


def _flipped_in_front(random, body, _other):
    """Where the lengths, sizes and tags are."""
    return _flipped(random, body, within=1500)


def _spliced(random, body, other):
    return body[: random.integers(len(body))] + other[random.integers(len(other)) :]


def _without_a_piece(random, body, _other):
    start, end = sorted(random.integers(len(body), size=2))
    return body[:start] + body[end:]


def _with_a_piece_twice(random, body, _other):
    start, end = sorted(random.integers(len(body), size=2))
    return body[:end] + body[start:]


def _with_extreme_bytes(random, body, _other):
    at, length = int(random.integers(len(body))), int(random.integers(1, 9))
    return body[:at] + random.choice([b"\xff", b"\x00", b"\x7f"]) * length + body[at + length :]


def _noise_after_a_head(random, body, _other):
    return body[: random.choice([0, 4, 8, 132, 400])] + random.bytes(int(random.integers(3000)))


CHANGES = (
    *(_truncated, _flipped_anywhere, _flipped_in_front, _flipped_in_front, _spliced, _without_a_piece),
    *(_with_a_piece_twice, _with_extreme_bytes, _noise_after_a_head),
)


def _flipped(random, body, within):
    flipped = bytearray(body)
    for at in random.integers(min(within, len(body)), size=random.integers(1, 12)):
        flipped[at] ^= 1 << random.integers(8)
    return bytes(flipped)


def _resized_png(random, body):
    """A PNG whose header announces another size, with the checksum that fits."""
    sizes = [int(2 ** random.uniform(0, 31)) for _ in range(2)]
    header = b"IHDR" + struct.pack(">II", *sizes) + body[24:29]
    return body[:12] + header + struct.pack(">I", zlib.crc32(header)) + body[33:]


def _in_a_form(random, body, declared):
    head = f'--edge\r\nContent-Disposition: form-data; name="file"; filename="f"\r\nContent-Type: {declared}\r\n\r\n'
    form = head.encode("latin-1") + body + b"\r\n--edge--\r\n"
    if random.random() < 0.5:
        form = _flipped(random, form, within=len(head) + 100)
    return form, f"{FORM}; boundary=edge"


def _dataset(grey):
    dataset = dcmread(io.BytesIO(PHANTOM))
    dataset.Rows, dataset.Columns = grey.shape
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
    dataset.PhotometricInterpretation = "MONOCHROME2"
    del dataset.WindowCenter, dataset.WindowWidth
    dataset.PixelData = grey.tobytes()
    dataset["PixelData"].VR = "OB"
    return dataset


def _dicom(grey, syntax=None):
    dataset = _dataset(grey)
    dataset.file_meta.TransferSyntaxUID = syntax or dataset.file_meta.TransferSyntaxUID
    return _written(dataset)


def _written(dataset):
    stream = io.BytesIO()
    syntax = dataset.file_meta.TransferSyntaxUID
    dcmwrite(
        stream,
        dataset,
        enforce_file_format=True,
        implicit_vr=syntax.is_implicit_VR,
        little_endian=True,
    )
    return stream.getvalue()


def _file(image, kind, **options):
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()
