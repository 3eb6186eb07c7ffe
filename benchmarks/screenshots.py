"""Every tab at its first answer and every lesson, as a phone, a laptop and a large screen show it, light and dark.

python -m benchmarks.screenshots [--only chest-x-ray lessons] [--out docs/screenshots]

Look at them when the app has changed. Pages longer than three screens are cut there.
"""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Literal

import tyro
from PIL import Image
from playwright.sync_api import Browser

from benchmarks.app_process import chromium, running_app
from benchmarks.page_load import TABS, WAIT_MS, Tab, answer_first, tabs_called
from space.lessons.figures import Figures
from space.lessons.lesson import read, sources

SIZES = ((390, 844), (1280, 900), (1920, 1080))
LESSON_SIZES = SIZES[:2]
Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")
SCREENS = 3
QUALITY = 60  # of WebP: letters stay sharp
PAGE = "README.md"
TITLE = "# Every tab, as readers see it"
MADE_BY = "Made by `python -m benchmarks.screenshots`. Each tab shows the answer to its first example."


@dataclass(frozen=True)
class Options:
    """What to take."""

    only: tuple[str, ...] = ()
    """some of the tabs, as links name them; by default all"""
    app: Path = Path()
    """the checkout whose app is shown"""
    out: Path = Path("docs/screenshots")


@dataclass(frozen=True)
class View:
    """One picture: what is open, and how it is looked at. `lesson` is 0 where a tab stands at its first answer."""

    tab: Tab
    title: str
    width: int
    height: int
    theme: Theme
    lesson: int = 0

    @property
    def file(self) -> str:
        name = f"lesson-{self.lesson:02d}" if self.lesson else self.tab.link
        return f"{name}-{self.width}-{self.theme}.webp"

    @property
    def query(self) -> str:
        lesson = f"&lesson={self.lesson}" if self.lesson else ""
        return f"?tab={self.tab.link}{lesson}&__theme={self.theme}"


def main(options: Options) -> None:
    chosen = tabs_called(options.only)
    options.out.mkdir(parents=True, exist_ok=True)
    with running_app(options.app) as address, chromium() as browser:
        for view in views():
            if view.tab in chosen:
                taken(browser, address, view).save(options.out / view.file, quality=QUALITY, method=6)
                print(options.out / view.file, flush=True)
    (options.out / PAGE).write_text(page_of(views()), encoding="utf-8")


def views() -> Iterator[View]:
    """Every tab in all sizes and themes, then every lesson."""
    for tab in TABS:
        for width, height in SIZES:
            for theme in THEMES:
                yield View(tab, tab.title, width, height, theme)
    lessons, figures = next(tab for tab in TABS if tab.link == "lessons"), Figures()
    for source in sources():
        lesson = read(source, figures)
        for width, height in LESSON_SIZES:
            yield View(lessons, f"Lesson {lesson.number}: {lesson.question}", width, height, "light", lesson.number)


def taken(browser: Browser, address: str, view: View) -> Image.Image:
    """A new reader's page, from its top to the end of the third screen at most."""
    page = browser.new_page(viewport={"width": view.width, "height": view.height}, color_scheme=view.theme)
    page.goto(f"{address}{view.query}", timeout=WAIT_MS)
    if view.lesson:
        page.wait_for_selector(f'#lessons article[data-lesson="{view.lesson}"]:visible', timeout=WAIT_MS)
    else:
        answer_first(page, view.tab)
    page.mouse.move(0, 0)
    page.evaluate("window.scrollTo(0, 0)")
    picture = Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("RGB")
    page.close()
    return picture.crop((0, 0, picture.width, min(picture.height, SCREENS * view.height)))


def page_of(views: Iterable[View]) -> str:
    """The Markdown page that shows them, a row for each tab and lesson."""
    lines = [TITLE, "", MADE_BY]
    for title, group in groupby(views, key=lambda view: view.title):
        shown = list(group)
        lines += ["", f"## {title}", ""]
        lines.append(_row(f"{view.width} px, {view.theme}" for view in shown))
        lines.append(_row("---" for _ in shown))
        lines.append(_row(f"![{title}, {view.width} px, {view.theme}]({view.file})" for view in shown))
    return "\n".join(lines) + "\n"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main(tyro.cli(Options, prog="python -m benchmarks.screenshots", description=__doc__))
