"""The pictures of README and guides, taken in Chromium from the app itself.

python -m benchmarks.pictures [--only drawing flowers] [--out docs]

The moving one draws a 7 while the layers follow, then opens a film that the model answers. Run it again when the app or
a model has changed.
"""

import io
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import tyro
from PIL import Image
from playwright.sync_api import Page, ViewportSize, expect

from benchmarks.app_process import chromium
from fovea import load
from fovea.listing import either
from space import app
from space.film.examples import RIGHT, examples, outcome

EXAMPLES = Path("space/examples")
SEVEN = ((0.3, 0.22), (0.7, 0.22), (0.48, 0.8))  # shares of the canvas
PIECES = 9  # of each line of the 7: a frame follows each
FRAME_MS, LAST_MS = 150, 3000
WINDOW: ViewportSize = {"width": 1080, "height": 1180}
MOVING_PX = 720  # width of the moving picture
COLOURS = 64
WAIT_MS = 60_000


@dataclass(frozen=True)
class Options:
    """What to take."""

    only: tuple[str, ...] = ()
    """some of the pictures; by default all"""
    models_dir: Path = Path("models")
    out: Path = Path("docs")


def main(options: Options) -> None:
    names = options.only or tuple(PICTURES)
    if unknown := [name for name in names if name not in PICTURES]:
        raise SystemExit(f"There is no picture {unknown[0]}. Choose {either(PICTURES)}.")
    with opened(options.models_dir) as (tab, address):
        for name in names:
            PICTURES[name](tab, address, options)
            print(options.out / name)


def drawing(tab: Page, address: str, options: Options) -> None:
    """The moving picture, GIF."""
    tab.set_viewport_size(WINDOW)
    frames = [*drawn(tab, address)]
    show_film(tab, address, options)
    frames.append(tab.screenshot())
    pictures = [small(frame) for frame in frames]
    durations = [FRAME_MS] * len(pictures)
    durations[-2:] = [LAST_MS, LAST_MS]
    first, *others = pictures
    first.save(
        options.out / "drawing.gif", save_all=True, append_images=others, duration=durations, loop=0, optimize=True
    )


def drawn(tab: Page, address: str) -> Iterator[bytes]:
    """A 7 on the Digits tab, a screenshot after each piece, the last one with its answer."""
    tab.goto(f"{address}?tab=digits")
    canvas = tab.locator("#digits-canvas canvas")
    expect(canvas).to_be_visible()
    expect(tab.locator("#early-drawing")).to_have_count(0)  # it takes the pen until the page is there
    box = canvas.bounding_box()
    assert box is not None  # it is visible
    places = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in SEVEN]
    before = layers(tab)
    yield tab.screenshot()
    tab.mouse.move(*places[0])
    tab.mouse.down()
    for (x, y), (to_x, to_y) in itertools.pairwise(places):
        for piece in range(1, PIECES + 1):
            tab.mouse.move(x + (to_x - x) * piece / PIECES, y + (to_y - y) * piece / PIECES, steps=3)
            before = followed(tab, before)
            yield tab.screenshot()
    tab.mouse.up()
    expect(tab.locator("#digits-answer .class")).to_have_text("7")
    yield tab.screenshot()


def layers(tab: Page) -> str:
    """The pictures of what each layer makes of the drawing."""
    maps = tab.locator("#digits-layers img").evaluate_all("maps => maps.map((map) => map.src).join()")
    return str(maps)


def followed(tab: Page, before: str) -> str:
    """Wait until the layers are no longer what they were `before`; what they are."""
    for _ in range(WAIT_MS // FRAME_MS):
        if (now := layers(tab)) != before:
            return now
        tab.wait_for_timeout(FRAME_MS)
    raise SystemExit("The layers do not follow the pen.")


def small(screenshot: bytes) -> Image.Image:
    with Image.open(io.BytesIO(screenshot)) as image:
        height = round(image.height * MOVING_PX / image.width)
        return image.convert("RGB").resize((MOVING_PX, height), Image.Resampling.LANCZOS).quantize(COLOURS)


def digits(tab: Page, address: str, options: Options) -> None:
    tab.set_viewport_size(WINDOW)
    *_, _last = drawn(tab, address)
    save(tab, options, "digits")


def flowers(tab: Page, address: str, options: Options) -> None:
    answered(tab, address, "flowers", "#model-flowers", EXAMPLES / "flowers" / "sunflower.jpg")
    save(tab, options, "flowers")


def objects(tab: Page, address: str, options: Options) -> None:
    tab.goto(f"{address}?tab=objects")
    tab.locator(".fovea-examples button:visible").filter(has_text="Cat").first.click()
    expect(tab.locator("#objects-answer .fovea-bars .name").first).to_be_visible()
    save(tab, options, "objects")


def features(tab: Page, address: str, options: Options) -> None:
    tab.goto(f"{address}?tab=feature-maps&network=alexnet&layer=conv1&image=china")
    grid = tab.locator('#feature-maps-viewer canvas.grid[data-image="china"]')
    grid.click(position={"x": 60, "y": 60})
    save(tab, options, "features")


def chest_xray(tab: Page, address: str, options: Options) -> None:
    show_film(tab, address, options)
    save(tab, options, "chest_xray")


def show_film(tab: Page, address: str, options: Options) -> None:
    """The first example that the model answers, and answers rightly."""
    model = load(options.models_dir / "chest_xray.onnx")
    film = next((each.path for each in examples() if outcome(each, model) == RIGHT), None)
    if film is None:
        raise SystemExit("The model answers none of the example films rightly, so there is no picture of an answer.")
    tab.goto(f"{address}?tab=chest-x-ray")
    tab.locator("#chest-film input[type=file]").set_input_files(film)
    expect(tab.locator("#chest-answer .fovea-bars .name").first).to_be_visible()
    expect(tab.locator("#chest-look .window")).to_have_count(1)


def answered(tab: Page, address: str, link: str, ids: str, photo: Path) -> None:
    """A photo in a tab that classifies, with its answer and its heatmap."""
    tab.goto(f"{address}?tab={link}")
    tab.locator(f"{ids}-photo input[type=file]").set_input_files(photo)
    expect(tab.locator(f"{ids}-answer .fovea-bars .name").first).to_be_visible()
    expect(tab.locator(f"{ids}-look .heat:visible")).to_have_count(1)


def save(tab: Page, options: Options, name: str) -> None:
    """The page as it is, from its top to the end of the window."""
    tab.mouse.move(0, 0)
    tab.wait_for_timeout(2 * FRAME_MS)
    tab.evaluate("window.scrollTo(0, 0)")  # a click may have scrolled to what it opened
    tab.screenshot(path=options.out / f"{name}.png")


@contextmanager
def opened(models_dir: Path) -> Iterator[tuple[Page, str]]:
    """A window on the app, and the app's address."""
    page = app.build(models_dir)
    page.queue(max_size=app.MAX_QUEUE)
    _app, address, _share = page.launch(prevent_thread_lock=True, quiet=True, **app.look(page))
    with chromium() as browser:
        tab = browser.new_page(viewport={"width": 1280, "height": 1000})
        tab.set_default_timeout(WAIT_MS)
        expect.set_options(timeout=WAIT_MS)
        yield tab, address
    page.close()


PICTURES: dict[str, Callable[[Page, str, Options], None]] = {
    "drawing": drawing,
    "digits": digits,
    "flowers": flowers,
    "objects": objects,
    "features": features,
    "chest_xray": chest_xray,
}


if __name__ == "__main__":
    main(tyro.cli(Options, prog="python -m benchmarks.pictures", description=__doc__))
