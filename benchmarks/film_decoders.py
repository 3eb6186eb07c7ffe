"""Which decoder reads a large film fastest, and whether the network would see the same film at a lower resolution.

    python -m benchmarks.film_decoders [--megapixels 17.6] [--rounds 5]

One film of 12 bits, made in memory: smooth shapes with noise, a collimated border and bright letters. Each line is a
decoder as the film reader calls it, or called it; all are exact. Medians in milliseconds.

The last lines decode JPEG 2000 at a half and at a quarter of its resolution, and give the largest difference, in greys
of 255, and the share above 1 among the pixels that the network takes.
"""

import io
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import imagecodecs
import jpeg_ls
import numpy as np
import tyro
from numpy.typing import NDArray
from openjpeg.utils import decode as decode_jpeg_2000
from openjpeg.utils import encode_array
from PIL import Image

from fovea.dicom.jpeg import decode_jpeg
from fovea.dicom.jpeg_ls import decode_jpeg_ls
from fovea.fitting import at_detail
from training.hardware import hardware

ASPECT = 1.2  # height over width of a film of 35 x 43 cm
BITS = 12
WINDOW = 1000, 2900  # lowest and highest value shown
DETAIL_PX = 224
Values = NDArray[np.uint16]


@dataclass(frozen=True)
class Options:
    """What to decode."""

    megapixels: float = 17.6
    rounds: int = 5


def main(options: Options) -> None:
    values = film(options.megapixels)
    ls, j2k = bytes(jpeg_ls.encode_array(values)), bytes(encode_array(values, bits_stored=BITS))
    high_throughput = bytes(imagecodecs.htj2k_encode(values))
    plain_j2k = partial(decode_jpeg_2000, j2k_format=0)
    decoders: dict[str, tuple[Callable[[bytes], Any], bytes]] = {
        "JPEG-LS, libjpeg, twice": (decode_jpeg, ls),
        "JPEG-LS, CharLS, twice": (decode_jpeg_ls, ls),
        "JPEG 2000, openjpeg": (plain_j2k, j2k),
        "JPEG 2000, openjpeg in Pillow": (lambda image: reduced(image, 0), j2k),
        "JPEG 2000, openjpeg in imagecodecs": (imagecodecs.jpeg2k_decode, j2k),
        "JPEG 2000 HT, openjpeg": (plain_j2k, high_throughput),
        "JPEG 2000 HT, OpenJPH in imagecodecs": (imagecodecs.htj2k_decode, high_throughput),
    }
    print(f"{hardware()}, {options.megapixels} megapixels of {BITS} bits, medians of {options.rounds} rounds")
    for name, (decode, image) in decoders.items():
        assert np.array_equal(decode(image), values), name
        print(f"{name:38}{1000 * median_s(lambda: decode(image), options.rounds):8.0f} ms", flush=True)  # noqa: B023
    whole = seen(values)
    for halvings in (1, 2):
        difference = np.abs(seen(reduced(j2k, halvings)) - whole)
        taken = median_s(lambda: reduced(j2k, halvings), options.rounds)  # noqa: B023
        print(
            f"JPEG 2000 at 1/{2**halvings}, in Pillow{taken * 1000:21.0f} ms, largest difference "
            f"{difference.max()}, above 1 in {(difference > 1).mean():.1%} of the pixels",
            flush=True,
        )


def film(megapixels: float) -> Values:
    columns = round((megapixels * 1e6 / ASPECT) ** 0.5)
    rows = round(columns * ASPECT)
    across, down = np.linspace(-1, 1, columns), np.linspace(-1, 1, rows)[:, np.newaxis]
    noise = np.random.default_rng(0).normal(0, 12, (rows, columns))
    values = np.clip(2000 + 750 * np.cos(7 * across) * np.cos(5 * down) + noise, 0, 4095).astype(np.uint16)
    border = columns // 20
    values[:border] = values[-border:] = 0
    values[:, :border] = 0
    stroke = columns // 60
    for place in range(2 * border, 4 * border, 2 * stroke):
        values[place : place + stroke, 2 * border : 6 * border] = 4095
    return values


def reduced(image: bytes, halvings: int) -> Values:
    """Decoded without its highest resolutions; Pillow scales samples to 16 bits."""
    opened: Any = Image.open(io.BytesIO(image))
    opened.reduce = halvings
    opened.load()
    return np.asarray(opened) >> np.uint16(16 - BITS)


def seen(values: Values) -> NDArray[np.int64]:
    """The pixels that the network takes."""
    low, high = WINDOW
    grey = np.clip((values.astype(np.float32) - low) / (high - low), 0, 1)
    image = Image.fromarray(np.rint(grey * 255).astype(np.uint8))
    return np.asarray(at_detail(image, DETAIL_PX)).astype(np.int64)


def median_s(call: Callable[[], object], rounds: int) -> float:
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


if __name__ == "__main__":
    main(tyro.cli(Options, description=__doc__))
