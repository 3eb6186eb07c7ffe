"""The picture of shared links, taken in Chromium from the app itself: a drawn 7, its answer and the maps of its layers.

python -m benchmarks.share_picture [--models-dir models] [--out space/public/files/share.png]

Run it again when the Digits tab or its model has changed.
"""

import base64
import io
from dataclasses import dataclass
from pathlib import Path

import tyro
from PIL import Image
from playwright.sync_api import Page, ViewportSize

from benchmarks.pictures import drawn, opened
from space.public.page_head import PICTURE_PX

WINDOW: ViewportSize = {"width": 1280, "height": 1500}
COLOURS = 128
CARD = """<!doctype html><style>
  * {{ margin: 0; box-sizing: border-box; }}
  body {{ width: {width}px; height: {height}px; padding: 55px 60px; display: flex; gap: 56px; color: #f8fafc;
    background: #0f172a; font-family: system-ui, sans-serif; }}
  .field {{ height: 520px; border-radius: 20px; outline: 2px solid #334155; }}
  .words {{ flex: 1; display: flex; flex-direction: column; }}
  header {{ display: flex; align-items: center; gap: 18px; font-size: 64px; font-weight: 700;
    letter-spacing: -0.02em; }}
  header svg {{ width: 72px; height: 72px; }}
  p {{ margin-top: 14px; font-size: 31px; line-height: 1.3; color: #cbd5e1; }}
  b {{ color: #2dd4bf; font-size: 118px; line-height: 1; }}
  .answer {{ display: flex; align-items: baseline; gap: 22px; margin: auto 0 16px; font-size: 31px; color: #cbd5e1; }}
  .maps {{ display: grid; gap: 8px; margin-top: 8px; }}
  .maps img {{ width: 100%; border-radius: 6px; image-rendering: pixelated; }}
</style>
<img class="field" src="{field}">
<div class="words"><header>{icon}Fovea</header><p>Convolutional networks you can see, try and trust</p>
<div class="answer"><b>{digit}</b>{note}</div>{maps}</div>"""
MAPS = ((1, 6), (3, 8))  # rows of the tab's layers, and how many maps stand beside each other


@dataclass(frozen=True)
class Options:
    """Where the models are and the picture goes."""

    models_dir: Path = Path("models")
    out: Path = Path("space/public/files/share.png")


def main(options: Options) -> None:
    with opened(options.models_dir) as (tab, address):
        width, height = PICTURE_PX
        tab.emulate_media(color_scheme="dark")
        tab.set_viewport_size(WINDOW)
        *_, _last = drawn(tab, address)
        icon = options.out.with_name("icon.svg").read_text()
        card = CARD.format(width=width, height=height, icon=icon, field=field(tab), maps=maps(tab), **words(tab))
        tab.goto("about:blank")
        tab.set_viewport_size({"width": width, "height": height})
        tab.set_content(card)
        screenshot = tab.screenshot()
    with Image.open(io.BytesIO(screenshot)) as image:
        image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(options.out, optimize=True)
    print(f"{options.out}: {options.out.stat().st_size:,} bytes")


def words(tab: Page) -> dict[str, str]:
    """What the network said."""
    answer = tab.locator("#digits-answer")
    note = f"{answer.locator('.note').inner_text()}, says LeNet-5"
    return {"digit": answer.locator(".class").inner_text(), "note": note}


def field(tab: Page) -> str:
    """The drawing as a data address."""
    return "data:image/png;base64," + base64.b64encode(tab.locator("#digits-canvas canvas").screenshot()).decode()


def maps(tab: Page) -> str:
    """What the layers made of it, as HTML."""
    rows = ""
    for number, columns in MAPS:
        pictures = tab.locator(f"#digits-layers .fovea-layer:nth-of-type({number}) img")
        images = "".join(f'<img src="{address}">' for address in pictures.evaluate_all("all => all.map((x) => x.src)"))
        rows += f'<div class="maps" style="grid-template-columns: repeat({columns}, 1fr)">{images}</div>'
    return rows


if __name__ == "__main__":
    main(tyro.cli(Options, prog="python -m benchmarks.share_picture", description=__doc__))
