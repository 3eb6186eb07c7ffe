"""Where the time goes while a film is read: its header, its pixels, its greys, and the pixels that a network takes.

    python -m benchmarks.film_reading [--megapixels 17.6] [--rounds 5]

The films are made in memory: 16-bit MONOCHROME1 with a window, as it is and compressed without loss, and one with
padding and without a window, whose greys come from its percentiles. Medians in milliseconds.
"""

import statistics
import time
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pydicom
import tyro
from pydicom.encaps import encapsulate
from pydicom.uid import ExplicitVRLittleEndian, HTJ2KLossless, JPEG2000Lossless, JPEGLSLossless

from fovea.dicom import Film
from fovea.dicom.header import read_header
from fovea.dicom.stored import stored_values
from fovea.fitting import at_detail
from fovea.images import read_image
from training.hardware import hardware

PHANTOM = Path("space/examples/chest_xray/phantom.dcm")
ASPECT = 1.2  # height over width of a film of 35 x 43 cm
WINDOW = {"WindowCenter": 30_000, "WindowWidth": 40_000}
WITHOUT_WINDOW = {"WindowCenter": None, "WindowWidth": None, "PixelPaddingValue": 65_535}
DETAIL_PX = 224
STAGES = ("header", "decode", "draw", "read", "shrink")


@dataclass(frozen=True)
class Options:
    """What to read."""

    megapixels: float = 17.6
    rounds: int = 5


def main(options: Options) -> None:
    films = {
        "uncompressed": film(options.megapixels, ExplicitVRLittleEndian, WINDOW),
        "no window, padding": film(options.megapixels, ExplicitVRLittleEndian, WITHOUT_WINDOW),
        "JPEG 2000": film(options.megapixels, JPEG2000Lossless, WINDOW),
        "JPEG 2000, HT": film(options.megapixels, HTJ2KLossless, WINDOW),
        "JPEG-LS": film(options.megapixels, JPEGLSLossless, WINDOW),
    }
    print(f"{hardware()}, {options.megapixels} megapixels, medians of {options.rounds} rounds in ms")
    print(f"{'':20}" + "".join(f"{stage:>9}" for stage in STAGES))
    for name, data in films.items():
        rows = [timed(data) for _ in range(options.rounds)]
        medians = [1000 * statistics.median(row[stage] for row in rows) for stage in STAGES]
        print(f"{name:20}" + "".join(f"{milliseconds:9.0f}" for milliseconds in medians), flush=True)


def film(megapixels: float, syntax: pydicom.uid.UID, elements: dict[str, Any]) -> bytes:
    """The phantom's header over 16 bits of smooth shapes and noise, bright ones for air as in MONOCHROME1."""
    dataset = pydicom.dcmread(PHANTOM)
    columns = round((megapixels * 1e6 / ASPECT) ** 0.5)
    rows = round(columns * ASPECT)
    across, down = np.linspace(-1, 1, columns), np.linspace(-1, 1, rows)[:, np.newaxis]
    noise = np.random.default_rng(0).normal(0, 300, (rows, columns))
    values = np.clip(30_000 + 12_000 * np.cos(7 * across) * np.cos(5 * down) + noise, 0, 65_534)
    values[:, : columns // 50] = 65_535
    dataset.Rows, dataset.Columns, dataset.PhotometricInterpretation = rows, columns, "MONOCHROME1"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 16, 15
    dataset.PixelData = values.astype("<u2").tobytes()
    dataset["PixelData"].VR = "OW"
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    if "PixelPaddingValue" in dataset:
        dataset["PixelPaddingValue"].VR = "US"
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    if syntax == HTJ2KLossless:
        frame = imagecodecs.htj2k_encode(values.astype(np.uint16))
        dataset.PixelData, dataset.file_meta.TransferSyntaxUID = encapsulate([bytes(frame)]), syntax
        dataset["PixelData"].is_undefined_length = True
    elif syntax != ExplicitVRLittleEndian:
        dataset.compress(syntax, generate_instance_uid=False)
    stream = BytesIO()
    dataset.save_as(stream)
    return stream.getvalue()


def timed(data: bytes) -> dict[str, float]:
    """Seconds of each stage; `read` is the first three together, as everybody calls them."""
    marks = [time.perf_counter()]
    header, pixel_data = read_header(data)
    marks.append(time.perf_counter())
    stored = stored_values(pixel_data, header)
    marks.append(time.perf_counter())
    Film.of(header, stored).check_has_contrast()
    marks.append(time.perf_counter())
    image = read_image(data, channels=1).image
    marks.append(time.perf_counter())
    at_detail(image, DETAIL_PX)
    marks.append(time.perf_counter())
    return dict(zip(STAGES, (end - start for start, end in pairwise(marks)), strict=True))


if __name__ == "__main__":
    main(tyro.cli(Options, description=__doc__))
