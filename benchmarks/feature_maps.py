"""How long a new image takes to show its maps: AlexNet's inference, packing one layer, drawing it, and all of it.

python -m benchmarks.feature_maps [--network alexnet] [--layer act1] [--rounds 20] [--threads 2]

Inference and packing are timed in this process; drawing by the page's own clock, in Chromium; "all of it" from the
click on an example until its maps are painted, through the app, with Gradio's queue and both requests. Medians.
"""

import shutil
import statistics
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import tyro
from playwright.sync_api import Page, sync_playwright

from export.latency import median_latency
from export.runtime import Model, decode, load
from space import app
from space.credits import credit_rows
from space.features.examples import FOLDER, example
from space.features.maps import pack
from space.features.networks import FILES, fitted, read_fitted
from space.theme import CSS, THEME
from training.report import hardware

SHOWN = ("portrait", "china")  # the examples that take turns
WARM_UP = 2

# Click the example NAME and wait until its maps are painted: [ms from the click, ms of drawing alone].
CLICK = """([place, name]) => new Promise((resolve) => {
  const grid = document.querySelector("#features-viewer canvas.grid");
  const started = performance.now();
  new MutationObserver((_changes, observer) => {
    if (grid.dataset.image !== name) return;
    observer.disconnect();
    resolve([performance.now() - started, Number(grid.dataset.ms)]);
  }).observe(grid, { attributes: true, attributeFilter: ["data-image"] });
  const examples = [...document.querySelectorAll("button.gallery-item, .gallery button")];
  examples.filter((one) => one.offsetParent)[place].click();
})"""


@dataclass(frozen=True)
class Options:
    """What to run."""

    network: str = "alexnet"
    layer: str = "act1"
    models_dir: Path = Path("models")
    rounds: int = 20
    threads: int = 2
    max_ms: float = float("inf")
    """fail where the median of all of it is above"""


def main(options: Options) -> None:
    model = load(options.models_dir / f"{FILES[options.network]}.onnx", threads=options.threads)
    print(f"{model.spec.title}, {options.layer}, {options.threads} threads, {hardware()}, {date.today().isoformat()}")
    for name, seconds in server_side(model, options).items():
        print(f"{name}: {seconds * 1000:.1f} ms")
    whole, drawing = in_the_page(options)
    print(f"drawing in the page: {statistics.median(drawing):.1f} ms")
    print(f"all of it, from click to paint: {statistics.median(whole):.0f} ms (largest {max(whole):.0f})")
    if statistics.median(whole) > options.max_ms:
        sys.exit(f"The median is above {options.max_ms:g} ms.")


def server_side(model: Model, options: Options) -> dict[str, float]:
    """Median seconds of each step between the upload's bytes and the answer."""
    content = example(SHOWN[0]).read_bytes()
    networks = {options.network: model}
    address = fitted(networks, decode(content, channels=3))[options.network]["address"]
    pixels = read_fitted(model, address)[np.newaxis]
    maps = {name: output[0] for name, output in model.run(pixels).items()}
    calls = {
        "decoding and fitting an upload": lambda: fitted(networks, decode(content, channels=3)),
        "inference, every layer": lambda: model.run(pixels),
        f"packing {options.layer}": lambda: pack(options.layer, maps),
    }
    return median_latency(calls, options.rounds)


def in_the_page(options: Options) -> tuple[list[float], list[float]]:
    """Milliseconds of each round: from click to paint, and of drawing."""
    page = app.build(options.models_dir, options.threads)
    page.queue(max_size=app.MAX_QUEUE)
    _app, address, _share = page.launch(prevent_thread_lock=True, theme=THEME, css=CSS, ssr_mode=False, quiet=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        tab = browser.new_page(viewport={"width": 1280, "height": 900})
        tab.goto(f"{address}?tab=feature-maps&network={options.network}&layer={options.layer}&image={SHOWN[1]}")
        tab.wait_for_selector(f'#features-viewer canvas.grid[data-image="{SHOWN[1]}"]')
        rounds = [_click(tab, SHOWN[turn % 2]) for turn in range(WARM_UP + options.rounds)][WARM_UP:]
        browser.close()
    page.close()
    return [whole for whole, _ in rounds], [drawing for _, drawing in rounds]


def _click(tab: Page, name: str) -> tuple[float, float]:
    files = [row["file"] for row in credit_rows(FOLDER)]
    place = next(index for index, file in enumerate(files) if Path(file).stem == name)
    whole, drawing = tab.evaluate(CLICK, [place, name])
    tab.wait_for_timeout(300)  # what is fetched in advance must not meet the next round
    return whole, drawing


if __name__ == "__main__":
    main(tyro.cli(Options, prog="python -m benchmarks.feature_maps", description=__doc__))
