"""The drawn film of the examples, with any element changed, and odd images."""

import io
import struct
import zlib

import numpy as np
import pydicom
from endpoint import PHANTOM
from PIL import Image
from pydicom.encaps import encapsulate
from pydicom.uid import JPEGBaseline8Bit


def phantom(**elements):
    """The drawn film; None takes an element away."""
    dataset = pydicom.dcmread(io.BytesIO(PHANTOM))
    for keyword, value in elements.items():
        if value is None:
            delattr(dataset, keyword)
        else:
            setattr(dataset, keyword, value)
    return saved(dataset)


def saved(dataset):
    file = io.BytesIO()
    dataset.save_as(file)
    return file.getvalue()


def phantom_in_syntax(uid):
    """The file claims this transfer syntax; its data stay as they are."""
    dataset = pydicom.dcmread(io.BytesIO(PHANTOM))
    old = dataset.file_meta.TransferSyntaxUID.encode()
    new = uid.encode()
    padded = new + b"\0" * (len(new) % 2)
    at = PHANTOM.index(b"\x02\x00\x10\x00UI")
    length = struct.unpack_from("<H", PHANTOM, at + 6)[0]
    assert PHANTOM[at + 8 :].startswith(old)
    return PHANTOM[: at + 6] + struct.pack("<H", len(padded)) + padded + PHANTOM[at + 8 + length :]


def progressive_phantom():
    """The drawn film as a progressive JPEG, which no transfer syntax of films stands for."""
    dataset, stream = pydicom.dcmread(io.BytesIO(PHANTOM)), io.BytesIO()
    grey = (dataset.pixel_array / dataset.pixel_array.max() * 255).astype(np.uint8)
    Image.fromarray(grey).save(stream, "JPEG", progressive=True)
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit = 7
    dataset.PixelData = encapsulate([stream.getvalue()])
    dataset["PixelData"].VR, dataset["PixelData"].is_undefined_length = "OB", True
    dataset.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    return saved(dataset)


def png_of_size(width, height):
    """A PNG whose header announces this size, grey, and that ends there."""
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)), (b"IDAT", b""), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*chunk) for chunk in chunks)


def png_chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
