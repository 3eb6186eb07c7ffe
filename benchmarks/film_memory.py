"""Memory of the endpoint while it reads films of different sizes, and what stays of it afterwards.

    python -m benchmarks.film_memory [--megapixels 1 4 9 16 20]

Each size is sent as a deflated DICOM file of 16-bit pixels, the costliest form, alone and then one to every worker at
the same time. The memory is that of the server and its decoders together, pages that several share counted once; peaks
are the largest of many samples.
"""

import io
import json
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

import httpx
import numpy as np
import pydicom
import tyro
from pydicom.uid import DeflatedExplicitVRLittleEndian

from benchmarks.yardsticks.environments import FOLDER
from benchmarks.yardsticks.processes import Server, free_port, proportional_bytes, running
from fovea import load
from fovea.threads import available_cpus

PHANTOM = Path("space/examples/chest_xray/phantom.dcm")
HEADERS = {"Content-Type": "application/dicom"}


@dataclass(frozen=True)
class Options:
    """What to send."""

    megapixels: tuple[int, ...] = (1, 4, 9, 16, 20)
    model: Path = Path("models/chest_xray.onnx")
    out: Path = Path("docs/endpoint/film_memory.json")


def main(options: Options) -> None:
    port, workers = free_port(), available_cpus() + 1
    settings = {"AUTH": "none", "HOST": "127.0.0.1", "PORT": str(port), "OPS_PORT": str(free_port())}
    settings |= {"RATE_PER_MINUTE": "1000000", "RATE_BURST": "1000000", "WORKERS": str(workers)}
    url = f"http://127.0.0.1:{port}/v1/chest-xray"
    server = Server(
        "fovea", [sys.executable, "-m", "k8s.server"], url, {f"XRAY_{key}": value for key, value in settings.items()}
    )
    phantom = PHANTOM.read_bytes()
    right = load(options.model, threads=1).predict(phantom).probabilities.tolist()
    rows = []
    with running(server, phantom, HEADERS, right, FOLDER / "logs" / "film_memory.log") as pid:
        for _ in range(20):
            read(url, phantom)
        for size in options.megapixels:
            film = deflated(size)
            before = proportional_bytes(pid)
            alone = peak(pid, partial(read, url, film))
            together = peak(pid, partial(read_together, url, film, workers))
            row = {"megapixels": size, "film_kb": len(film) // 1000, "before_mb": before // 1_000_000}
            row |= {
                "peak_mb": alone,
                f"peak_of_{workers}_mb": together,
                "after_mb": proportional_bytes(pid) // 1_000_000,
            }
            print(json.dumps(row), flush=True)
            rows.append(row)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    document = {"date": date.today().isoformat(), "cpus": available_cpus(), "workers": workers, "rows": rows}
    options.out.write_text(json.dumps(document, indent=2) + "\n")
    print(f"written: {options.out}")


def deflated(megapixels: int) -> bytes:
    """The phantom's header over a square of 16-bit pixels with a gradient."""
    dataset = pydicom.dcmread(PHANTOM)
    side = int((megapixels * 1e6) ** 0.5)
    dataset.Rows = dataset.Columns = side
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 12, 11
    gradient = np.linspace(0, 4095, side).astype(np.uint16)
    dataset.PixelData = np.tile(gradient, (side, 1)).tobytes()
    dataset["PixelData"].VR = "OW"
    dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    stream = io.BytesIO()
    dataset.save_as(stream)
    return stream.getvalue()


def read(url: str, film: bytes) -> None:
    """Raises SystemExit where the film is refused."""
    response = httpx.post(url, content=film, headers=HEADERS, timeout=120, trust_env=False)
    if response.status_code != 200:
        raise SystemExit(f"The endpoint answered {response.status_code}: {response.json()['detail']}")


def read_together(url: str, film: bytes, n: int) -> None:
    with ThreadPoolExecutor(n) as pool:
        list(pool.map(lambda _: read(url, film), range(2 * n)))


def peak(pid: int, act: Callable[[], None]) -> int:
    """The largest memory, in MB, while `act` runs."""
    largest, is_over = 0, threading.Event()

    def sample() -> None:
        nonlocal largest
        while not is_over.is_set():
            largest = max(largest, proportional_bytes(pid))

    sampler = threading.Thread(target=sample)
    sampler.start()
    act()
    is_over.set()
    sampler.join()
    return largest // 1_000_000


if __name__ == "__main__":
    main(tyro.cli(Options, description=__doc__))
