"""How long a new image takes to show its maps: AlexNet's inference, packing one layer, drawing it, and all of it.

python -m benchmarks.feature_maps [--network alexnet] [--layer act1] [--rounds 20] [--threads 2]

Inference and packing are timed in this process; drawing by the page's own clock, in Chromium; "all of it" through the
app, with Gradio's queue and every request: from the click on an example until its maps are painted, and from the choice
of a phone's photo (an example enlarged to 12 megapixels, JPEG). Medians; it fails where either is above its limit.
"""

import io
import shutil
import statistics
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import tyro
from PIL import Image, ImageOps
from playwright.sync_api import FilePayload, Page, sync_playwright

from export.latency import median_latency
from fovea import Model, decode, load
from space import app
from space.credits import credit_rows
from space.feature_maps.examples import FOLDER, example
from space.feature_maps.maps import pack
from space.feature_maps.networks import FILES, fitted, read_fitted
from training.hardware import hardware

SHOWN = ("portrait", "china")  # the examples that take turns
PHOTO_SIZE = (4000, 3000)  # 12 megapixels
PHOTO_QUALITY = 92
NOISE = 10  # largest, in grey levels: without it the file would be a third as large
WARM_UP = 2
PAUSE_MS = 300  # what is fetched in advance must not meet the next round

# Wait until maps of the image NAME are painted, from the time that BEGIN gives: [ms of all of it, ms of drawing alone].
PAINTED = """(name, begin) => new Promise((resolve) => {
  const grid = document.querySelector("#feature-maps-viewer canvas.grid");
  begin(() => {
    const started = performance.now();
    new MutationObserver((_changes, observer) => {
      if (grid.dataset.image !== name) return;
      observer.disconnect();
      resolve([performance.now() - started, Number(grid.dataset.ms)]);
    }).observe(grid, { attributes: true, attributeFilter: ["data-image"] });
  });
})"""
CLICK = f"""([place, name]) => ({PAINTED})(name, (start) => {{
  const examples = [...document.querySelectorAll(".fovea-examples button")];
  start();
  examples.filter((one) => one.offsetParent)[place].click();
}})"""
CHOOSE = f"""() => {{
  const input = document.querySelector("#feature-maps-photo input[type=file]");
  const begin = (start) => input.addEventListener("change", start, {{ once: true, capture: true }});
  window.uploaded = ({PAINTED})("", begin);
}}"""


@dataclass(frozen=True)
class Options:
    """What to run."""

    network: str = "alexnet"
    layer: str = "act1"
    models_dir: Path = Path("models")
    rounds: int = 20
    threads: int = 2
    max_ms: float = 300
    """fail where the median from click to paint is above"""
    max_photo_ms: float = 1000
    """fail where the median of a photo of 12 megapixels is above"""


def main(options: Options) -> None:
    model = load(options.models_dir / f"{FILES[options.network]}.onnx", threads=options.threads)
    print(f"{model.spec.title}, {options.layer}, {options.threads} threads, {hardware()}, {date.today().isoformat()}")
    for name, seconds in server_side(model, options).items():
        print(f"{name}: {seconds * 1000:.1f} ms")
    with opened(options) as tab:
        clicks = [click(tab, SHOWN[turn % 2]) for turn in range(WARM_UP + options.rounds)][WARM_UP:]
        photos = [photo(name) for name in SHOWN]
        uploads = [upload(tab, photos[turn % 2]) for turn in range(WARM_UP + options.rounds)][WARM_UP:]
    print(f"drawing in the page: {statistics.median(drawing for _, drawing in clicks):.1f} ms")
    sizes = " and ".join(f"{len(content) / 1e6:.1f} MB" for content in photos)
    slow = []
    for name, rounds, limit in (
        ("an example, from click to paint", clicks, options.max_ms),
        (f"a photo of 12 megapixels ({sizes}), from choice to paint", uploads, options.max_photo_ms),
    ):
        median, largest = statistics.median(whole for whole, _ in rounds), max(whole for whole, _ in rounds)
        print(f"{name}: {median:.0f} ms (largest {largest:.0f})")
        if median > limit:
            slow.append(f"The median of {name} is above {limit:g} ms.")
    if slow:
        sys.exit("\n".join(slow))


def server_side(model: Model, options: Options) -> dict[str, float]:
    """Median seconds of each step between the upload's bytes and the answer."""
    content, taken = example(SHOWN[0]).read_bytes(), photo(SHOWN[0])
    networks = {options.network: model}
    address = fitted(networks, decode(content, channels=3))[options.network]["address"]
    pixels = read_fitted(model, address)[np.newaxis]
    maps = {name: output[0] for name, output in model.run(pixels).items()}
    calls = {
        "decoding and fitting an example": lambda: fitted(networks, decode(content, channels=3)),
        "decoding and fitting a photo of 12 megapixels": lambda: fitted(networks, decode(taken, channels=3)),
        "inference, every layer": lambda: model.run(pixels),
        f"packing {options.layer}": lambda: pack(options.layer, maps),
    }
    return median_latency(calls, options.rounds)


def photo(name: str) -> bytes:
    """The example `name` as a phone would have taken it: 12 megapixels with a sensor's noise, JPEG."""
    with Image.open(example(name)) as image:
        enlarged = np.asarray(ImageOps.fit(image.convert("RGB"), PHOTO_SIZE, Image.Resampling.BICUBIC))
    noise = np.random.default_rng(0).integers(-NOISE, NOISE + 1, enlarged.shape, dtype=np.int16)
    file = io.BytesIO()
    noisy = np.clip(enlarged + noise, 0, 255).astype(np.uint8)
    Image.fromarray(noisy).save(file, "JPEG", quality=PHOTO_QUALITY)
    return file.getvalue()


@contextmanager
def opened(options: Options) -> Iterator[Page]:
    """The app's tab in Chromium, an example on screen."""
    page = app.build(options.models_dir, options.threads)
    page.queue(max_size=app.MAX_QUEUE)
    _app, address, _share = page.launch(prevent_thread_lock=True, quiet=True, **app.look(page))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        tab = browser.new_page(viewport={"width": 1280, "height": 900})
        tab.goto(f"{address}?tab=feature-maps&network={options.network}&layer={options.layer}&image={SHOWN[1]}")
        _wait_for(tab, SHOWN[1])
        yield tab
        browser.close()
    page.close()


def click(tab: Page, name: str) -> tuple[float, float]:
    """Milliseconds from the click on an example until its maps are painted, and of drawing."""
    files = [row["file"] for row in credit_rows(FOLDER)]
    place = next(index for index, file in enumerate(files) if Path(file).stem == name)
    whole, drawing = tab.evaluate(CLICK, [place, name])
    tab.wait_for_timeout(PAUSE_MS)
    return whole, drawing


def upload(tab: Page, content: bytes) -> tuple[float, float]:
    """The same from the choice of a file."""
    field = tab.locator("#feature-maps-photo")
    clear = field.get_by_label("Remove").or_(field.get_by_label("Clear"))
    if clear.is_visible():
        clear.click()
        tab.wait_for_selector('#feature-maps-viewer canvas.grid:not([data-image=""])')
        tab.wait_for_timeout(PAUSE_MS)
    tab.evaluate(CHOOSE)
    file: FilePayload = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": content}
    field.locator("input[type=file]").set_input_files(files=[file])
    whole, drawing = tab.evaluate("() => window.uploaded")
    tab.wait_for_timeout(PAUSE_MS)
    return whole, drawing


def _wait_for(tab: Page, name: str) -> None:
    tab.wait_for_selector(f'#feature-maps-viewer canvas.grid[data-image="{name}"]')


if __name__ == "__main__":
    main(tyro.cli(Options, prog="python -m benchmarks.feature_maps", description=__doc__))
