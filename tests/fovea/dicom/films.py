"""DICOM files built in memory: a chest film of a few pixels, with any element changed."""

import io
import struct
import zlib

import numpy as np
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import dcmwrite, write_dataset, write_file_meta_info
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGBaseline8Bit,
)

NATIVE = (ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian)
ABSENT = object()


def film(values=((0, 50), (100, 255)), bits=8, is_signed=False, **elements):
    """The data set of a CR film with these stored values; `ABSENT` takes an element away."""
    values = np.asarray(values)
    allocated = 8 if bits <= 8 else 16
    dataset = Dataset()
    dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.1"
    dataset.SOPInstanceUID, dataset.SeriesInstanceUID, dataset.StudyInstanceUID = "1.2.3.1", "1.2.3.2", "1.2.3.3"
    dataset.Modality, dataset.BodyPartExamined, dataset.ViewPosition = "CR", "CHEST", "PA"
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.Rows, dataset.Columns = values.shape
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = allocated, bits, bits - 1
    dataset.PixelRepresentation = int(is_signed)
    dataset.PixelData = np.asarray(values, dtype=f"<{'i' if is_signed else 'u'}{allocated // 8}").tobytes()
    dataset["PixelData"].VR = "OB" if allocated == 8 else "OW"
    for keyword, value in elements.items():
        if value is ABSENT:
            delattr(dataset, keyword)
        else:
            setattr(dataset, keyword, value)
    return dataset


def written(dataset, syntax=ExplicitVRLittleEndian):
    """A Part 10 file of a data set whose pixels are native little endian."""
    dataset.file_meta = meta(syntax)
    if syntax == ExplicitVRBigEndian and dataset.BitsAllocated == 16:
        dataset.PixelData = np.frombuffer(dataset.PixelData, "<u2").astype(">u2").tobytes()
    return as_it_is(dataset)


def as_it_is(dataset):
    stream = io.BytesIO()
    dcmwrite(stream, dataset, enforce_file_format=True)
    return stream.getvalue()


def meta(syntax):
    file_meta = FileMetaDataset()
    file_meta.TransferSyntaxUID = syntax
    file_meta.MediaStorageSOPClassUID, file_meta.MediaStorageSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.1", "1.2.3.1"
    return file_meta


def encapsulated(dataset, frame, syntax):
    """A file whose one compressed frame is `frame`."""
    dataset.PixelData = encapsulate([frame])
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    dataset.file_meta = meta(syntax)
    return as_it_is(dataset)


def compressed(dataset, syntax, **options):
    """A file compressed by pydicom's own encoders."""
    dataset.file_meta = meta(ExplicitVRLittleEndian)
    dataset.compress(syntax, generate_instance_uid=False, **options)
    return as_it_is(dataset)


def jpeg_baseline(dataset, quality=100):
    grey = np.frombuffer(dataset.PixelData, np.uint8).reshape(dataset.Rows, dataset.Columns)
    return encapsulated(dataset, jpeg(grey, quality=quality), JPEGBaseline8Bit)


def jpeg(grey, **options):
    """One frame, by libjpeg-turbo."""
    stream = io.BytesIO()
    Image.fromarray(grey).save(stream, "JPEG", **options)
    return stream.getvalue()


def deflated(content, *, of=DeflatedExplicitVRLittleEndian):
    """A file whose deflated part holds `content`, whatever that is."""
    stream = DicomBytesIO()
    stream.write(b"\0" * 128 + b"DICM")
    write_file_meta_info(stream, meta(of))
    compressor = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return stream.getvalue() + compressor.compress(content) + compressor.flush()


def plain_body(dataset):
    """The data set alone in Explicit VR Little Endian."""
    stream = DicomBytesIO()
    stream.is_little_endian, stream.is_implicit_VR = True, False
    write_dataset(stream, dataset)
    return stream.getvalue()


def lut(values, first, bits, is_ow=False):
    """A LUT item of PS3.3 C.11.1.1; a negative `first` makes the descriptor SS."""
    item = Dataset()
    item.add_new(0x00283002, "US" if first >= 0 else "SS", [len(values), first, bits])
    item.add_new(0x00283006, "OW" if is_ow else "US", struct.pack(f"<{len(values)}H", *values) if is_ow else values)
    return item


def lossless_jpeg(values, bits, point_transform=0, restart_rows=0):
    """Process 14 of ISO 10918-1 annex H, selection value 1, with a Huffman code of five bits for every category."""
    height, width = values.shape
    values = np.asarray(values) >> point_transform
    start = 1 << (bits - point_transform - 1)  # H.1.2.1
    out = [b"\xff\xd8", b"\xff\xc3", struct.pack(">HBHHBBBB", 11, bits, height, width, 1, 1, 0x11, 0)]
    out += [b"\xff\xc4", struct.pack(">HB16B", 19 + 17, 0, *([0] * 4 + [17] + [0] * 11)), bytes(range(17))]
    if restart_rows:
        out.append(b"\xff\xdd" + struct.pack(">HH", 4, restart_rows * width))
    out.append(b"\xff\xda" + struct.pack(">HBBBBBB", 8, 1, 1, 0, 1, 0, point_transform))
    intervals, stream = [], ""
    for row in range(height):
        begins = row == 0 or (restart_rows and row % restart_rows == 0)
        if begins and row:
            intervals, stream = [*intervals, _packed(stream), bytes((0xFF, 0xD0 + (row // restart_rows - 1) % 8))], ""
        for column in range(width):
            above = start if begins else int(values[row - 1, 0])
            difference = int(values[row, column]) - (int(values[row, column - 1]) if column else above)
            difference = (difference + 32_767) % 65_536 - 32_767  # H.1.2.1
            category = abs(difference).bit_length()
            stream += f"{category:05b}"
            if 0 < category < 16:
                stream += format(difference if difference > 0 else difference + (1 << category) - 1, f"0{category}b")
    return b"".join([*out, *intervals, _packed(stream), b"\xff\xd9"])


def _packed(bits):
    bits += "1" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\x00")
