"""What it costs to decode a film in a child process: from the bytes to the network's pixels, against doing it here.

    python -m benchmarks.child_decoding [--rounds 30] [--out docs/endpoint/child_decoding.json]

Both ways take turns, film by film. Medians in milliseconds.
"""

import json
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import tyro
from pydicom.uid import ExplicitVRLittleEndian, JPEG2000Lossless

from benchmarks.endpoint import drawn_film
from benchmarks.film_reading import PHANTOM, WINDOW, film
from fovea import load
from fovea.decoding import Decoders
from fovea.dicom import Instance
from k8s.server.films.film import DICOM, PNG, DecodedFilm, decode_film_apart
from k8s.server.service import DECODE
from training.hardware import hardware

MEGAPIXELS = 64
LONG_S = 60.0


@dataclass(frozen=True)
class Options:
    """What to run."""

    rounds: int = 30
    model: Path = Path("models/chest_xray.onnx")
    out: Path = Path("docs/endpoint/child_decoding.json")


def main(options: Options) -> None:
    films = {
        "PNG, 1 megapixel": (drawn_film(), PNG),
        "DICOM, 1 megapixel": (PHANTOM.read_bytes(), DICOM),
        "DICOM, 9 megapixels": (film(9, ExplicitVRLittleEndian, WINDOW), DICOM),
        "DICOM in JPEG 2000, 9 megapixels": (film(9, JPEG2000Lossless, WINDOW), DICOM),
        "DICOM, 17.6 megapixels": (film(17.6, ExplicitVRLittleEndian, WINDOW), DICOM),
    }
    spec = load(options.model, threads=1).spec.to_json()
    decoders = Decoders(DECODE, (DecodedFilm, Instance), 1, megapixels=MEGAPIXELS)
    rows = []
    for name, (content, declared) in films.items():
        arguments = (content, declared, spec, MEGAPIXELS)
        here = partial(decode_film_apart, *arguments)
        child = partial(decoders.decode, *arguments, seconds=LONG_S)
        turns = [(timed(here), timed(child)) for _ in range(options.rounds + 1)][1:]
        in_process, in_child = (1000 * statistics.median(column) for column in zip(*turns, strict=True))
        row = {"film": name, "bytes": len(content), "here_ms": round(in_process, 1), "child_ms": round(in_child, 1)}
        row["cost_ms"] = round(in_child - in_process, 1)
        print(json.dumps(row), flush=True)
        rows.append(row)
    decoders.close()
    document = {"date": date.today().isoformat(), "hardware": hardware(), "rounds": options.rounds, "rows": rows}
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(document, indent=2) + "\n")
    print(f"written: {options.out}")


def timed(decode: Callable[[], Any]) -> float:
    """The seconds of a call, whose result is looked at."""
    start = time.perf_counter()
    assert np.any(decode().pixels)
    return time.perf_counter() - start


if __name__ == "__main__":
    main(tyro.cli(Options, description=__doc__))
