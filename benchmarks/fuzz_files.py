"""Fuzzes the whole way of a file, headers and decoders, with mutated films and photos.

    python -m benchmarks.fuzz_files [--runs 100000] [--seed 0] [--kinds film-jpeg-ls png ...] [--keep fuzz]

The seeds are made here: a film in each transfer syntax, one with tables, padding, a shutter and a patient's name, one
that is turned, and a photo of each format. An input has one to eight mutations and goes through `read_image`, a film
also through `render`. Our own errors are answers. Another exception, the end of the process, more than five seconds or
more than 2 GB is a finding, and its input is written to the folder.

Every input follows from `--seed` and its number. Nothing else decides it, so a run can be repeated.
"""

import io
import multiprocessing
import random
import resource
import sys
import time
from dataclasses import dataclass
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any

import imagecodecs
import jpeg_ls
import numpy as np
import pydicom
import tyro
from openjpeg.utils import encode_array
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    RLELossless,
)

from fovea.errors import FoveaError
from fovea.images import read_image
from training.hardware import hardware

PHANTOM = Path("space/examples/chest_xray/phantom.dcm")
SECONDS_AN_INPUT, MEGABYTES = 5.0, 2048
HANG_SECONDS = 60.0
SHAPE = (40, 64)
SPECIAL = (
    b"\0",
    b"\xff",
    b"\x7f",
    b"\x80",
    b"\xff\xff",
    b"\0\0",
    b"\xff\xff\xff\xff",
    b"\xff\xd8",
    b"\xff\xd9",
    b"\xff\x4f",
)
WORDS = (b"NaN", b"1e999", b"-1", b"0", b"99999999999", b",", b"\\", b"RECTANGULAR", b"CIRCULAR", b"POLYGONAL", b"YES")


@dataclass(frozen=True)
class Options:
    """How many inputs, and of which kinds; all kinds by default."""

    runs: int = 100_000
    seed: int = 0
    kinds: tuple[str, ...] = ()
    keep: Path = Path("fuzz")


def main(options: Options) -> None:
    seeds = {**films(), **photos()}
    if unknown := sorted(set(options.kinds) - set(seeds)):
        sys.exit(f"Unknown kind {unknown[0]}. Choose from: {', '.join(seeds)}.")
    kinds = {name: seeds[name] for name in options.kinds or seeds}
    for data in kinds.values():
        read_image(data, channels=1)  # a seed that is not read would test little
    done, read, slowest, findings = 0, 0, 0.0, 0
    start = time.perf_counter()
    while done < options.runs:
        place = multiprocessing.Value("q", done)
        answers: Any = multiprocessing.Queue()
        child = multiprocessing.Process(target=_run, args=(kinds, options, done, place, answers))
        child.start()
        last = -1
        while child.is_alive() and last != place.value:
            last = place.value
            child.join(HANG_SECONDS)
        found = answers.get(timeout=HANG_SECONDS) if child.exitcode == 0 else None
        if found is None:  # it crashed, or has hung for a minute
            child.kill()
            child.join()
            found = place.value, 0, 0.0, f"ended with {child.exitcode}"
        number, has_read, seconds, finding = found
        read, slowest = read + has_read, max(slowest, seconds)
        if finding:
            findings += 1
            kind, data = mutated(kinds, options.seed, number)
            options.keep.mkdir(parents=True, exist_ok=True)
            (options.keep / f"{kind}-{options.seed}-{number}").write_bytes(data)
            print(f"{kind} {number}: {finding}", flush=True)
        done = number + 1
    taken = time.perf_counter() - start
    print(
        f"{hardware()}: {options.runs:,} inputs of {len(kinds)} kinds in {taken:.0f} s, {read:,} read and the rest "
        f"refused, slowest {slowest:.2f} s, {findings} findings"
    )
    sys.exit(1 if findings else 0)


def _run(kinds: dict[str, bytes], options: Options, first: int, place: "Synchronized[int]", answers: Any) -> None:
    """In a process of its own, up to the first finding: its number, how many were read, the longest time, what."""
    resource.setrlimit(resource.RLIMIT_AS, (2 * MEGABYTES << 20, 2 * MEGABYTES << 20))
    read, slowest, finding, number = 0, 0.0, "", first
    for number in range(first, options.runs):
        place.value = number
        data = mutated(kinds, options.seed, number)[1]
        start = time.perf_counter()
        try:
            decoded = read_image(data, channels=1)
            read += 1
            if decoded.film is not None:
                decoded.film.render()
        except FoveaError as error:
            finding = "" if str(error) else "an error without a sentence"
        except Exception as error:
            finding = repr(error)
        seconds = time.perf_counter() - start
        slowest = max(slowest, seconds)
        if seconds > SECONDS_AN_INPUT:
            finding = f"took {seconds:.1f} s"
        elif resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > MEGABYTES << 10:
            finding = f"took more than {MEGABYTES} MB"
        if finding:
            break
    answers.put((number, read, slowest, finding))


def mutated(kinds: dict[str, bytes], seed: int, number: int) -> tuple[str, bytes]:
    """The kind and the bytes of one input."""
    choice = random.Random(f"{seed}:{number}")
    kind = choice.choice(list(kinds))
    data = bytearray(kinds[kind])
    # Headers are short beside pixels: half of all places are among the first or the last 600 bytes that are not zero.
    start = len(data) - len(bytes(data).lstrip(b"\0"))
    for _ in range(choice.choice((1, 1, 1, 2, 2, 3, 5, 8))):
        _mutate(data, choice, start)
    return kind, bytes(data)


def _mutate(data: bytearray, choice: random.Random, start: int) -> None:
    if len(data) < 2:
        return
    near = choice.choice(((start, start + 1200), (len(data) - 600, len(data)), (0, len(data)), (0, len(data))))
    place = min(max(choice.randrange(near[0], max(near[1], near[0] + 1)), 0), len(data) - 1)
    match choice.randrange(8):
        case 0:
            data[place] ^= 1 << choice.randrange(8)
        case 1:
            data[place] = choice.randrange(256)
        case 2:
            piece = choice.choice(SPECIAL)
            data[place : place + len(piece)] = piece
        case 3:
            piece = choice.choice(WORDS)
            data[place : place + len(piece)] = piece
        case 4:
            del data[place : place + choice.randint(1, 16)]
        case 5:
            data[place:place] = data[place : place + choice.randint(1, 64)]
        case 6:
            other = choice.randrange(len(data))
            length = choice.randint(1, 64)
            data[place : place + length] = data[other : other + length]
        case _:
            if choice.random() < 0.3:
                del data[place:]


def films() -> dict[str, bytes]:
    """By name; small, and whole."""
    down, across = np.mgrid[0 : SHAPE[0], 0 : SHAPE[1]]
    values = (1000 + 30 * down + 20 * across).astype(np.uint16)
    native = {
        "implicit": ImplicitVRLittleEndian,
        "explicit": ExplicitVRLittleEndian,
        "big-endian": ExplicitVRBigEndian,
        "deflated": DeflatedExplicitVRLittleEndian,
    }
    made = {f"film-{name}": _film(values, syntax) for name, syntax in native.items()}
    frames = {
        "jpeg": (_encoded(Image.fromarray((values >> 4).astype(np.uint8)), "JPEG"), JPEGBaseline8Bit),
        "jpeg-ls": (bytes(jpeg_ls.encode_array(values)), JPEGLSLossless),
        "jpeg-2000": (bytes(encode_array(values, bits_stored=12)), JPEG2000Lossless),
        "high-throughput": (bytes(imagecodecs.htj2k_encode(values)), HTJ2KLossless),
    }
    for name, (frame, syntax) in frames.items():
        bits = 8 if syntax == JPEGBaseline8Bit else 12
        made[f"film-{name}"] = _film(values >> (12 - bits), syntax, frame, bits)
    made["film-rle"] = _film(values, RLELossless)
    made["film-rich"] = _film(values, ExplicitVRLittleEndian, **_rich())
    made["film-turned"] = _film(values, ImplicitVRLittleEndian, PatientOrientation=["F", "R"], PixelSpacing=[0.2, 0.1])
    return made


def _rich() -> dict[str, Any]:
    """Elements of all kinds: a table, padding, every form of shutter, and who the patient is."""
    table = Dataset()
    table.add_new(0x00283002, "US", [4096, 0, 12])
    table.add_new(0x00283006, "OW", np.arange(4096, dtype="<u2").tobytes())
    return {
        "VOILUTSequence": [table],
        "PixelPaddingValue": 0,
        "ShutterShape": ["RECTANGULAR", "CIRCULAR", "POLYGONAL"],
        "ShutterLeftVerticalEdge": 2,
        "ShutterRightVerticalEdge": 60,
        "ShutterUpperHorizontalEdge": 2,
        "ShutterLowerHorizontalEdge": 38,
        "CenterOfCircularShutter": [20, 32],
        "RadiusOfCircularShutter": 30,
        "VerticesOfThePolygonalShutter": [1, 1, 1, 64, 40, 64, 40, 1],
        "ShutterPresentationValue": 0,
        "PatientName": "Schmidt^Erika",
        "PatientID": "1234567",
        "PatientBirthDate": "19400305",
        "BurnedInAnnotation": "YES",
        "PatientIdentityRemoved": "NO",
    }


def _film(values: Any, syntax: pydicom.uid.UID, frame: bytes = b"", bits: int = 12, **elements: Any) -> bytes:
    dataset = pydicom.dcmread(PHANTOM)
    dataset.Rows, dataset.Columns = SHAPE
    dataset.PhotometricInterpretation, dataset.BitsStored, dataset.HighBit = "MONOCHROME2", bits, bits - 1
    dataset.BitsAllocated = 8 if bits == 8 else 16
    dataset.WindowCenter, dataset.WindowWidth = 1 << (bits - 1), 1 << bits
    order = ">" if syntax == ExplicitVRBigEndian else "<"
    dataset.PixelData = np.asarray(values, f"{order}u{dataset.BitsAllocated // 8}").tobytes()
    dataset["PixelData"].VR = "OB" if bits == 8 else "OW"
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    if "PixelPaddingValue" in dataset:
        dataset["PixelPaddingValue"].VR = "US"
    dataset.file_meta.TransferSyntaxUID = syntax if syntax != RLELossless else ExplicitVRLittleEndian
    if frame:
        dataset.PixelData = encapsulate([frame])
        dataset["PixelData"].VR, dataset["PixelData"].is_undefined_length = "OB", True
    if syntax == RLELossless:
        dataset.compress(RLELossless, generate_instance_uid=False)
    stream = io.BytesIO()
    pydicom.dcmwrite(
        stream,
        dataset,
        enforce_file_format=True,
        implicit_vr=syntax == ImplicitVRLittleEndian,
        little_endian=syntax != ExplicitVRBigEndian,
    )
    return stream.getvalue()


def photos() -> dict[str, bytes]:
    grey = Image.fromarray(np.arange(24 * 40, dtype=np.uint8).reshape(24, 40))
    colour, wide = grey.convert("RGBA"), Image.fromarray(np.arange(960, dtype=np.uint16).reshape(24, 40) * 68)
    exif = Image.Exif()
    exif[0x0112] = 6
    return {
        "jpeg": _encoded(grey.convert("RGB"), "JPEG", exif=exif),
        "jpeg-progressive": _encoded(grey, "JPEG", progressive=True),
        "png": _encoded(colour, "PNG", exif=exif),
        "png-16": _encoded(wide, "PNG"),
        "webp": _encoded(colour, "WEBP", lossless=True),
        "tiff": _encoded(wide, "TIFF", compression="tiff_lzw"),
        "tiff-jpeg": _encoded(grey.convert("RGB"), "TIFF", compression="jpeg"),
    }


def _encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


if __name__ == "__main__":
    main(tyro.cli(Options, description=__doc__))
