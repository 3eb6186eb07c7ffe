"""A lesson: its question, its parts, and its Markdown with every figure filled in."""

import re
from dataclasses import dataclass
from pathlib import Path

from space.lessons.figures import Figures, filled

TEXTS = Path(__file__).with_name("texts")
PARTS = ("Predict first", "Try it", "The picture", "The figure", "Why", "Source", "In class", "Check yourself")
LOCAL_APP = "http://127.0.0.1:7860/"


@dataclass(frozen=True)
class Lesson:
    """`markdown` is filled; its links into the app start with "?"."""

    number: int
    slug: str
    markdown: str

    @property
    def question(self) -> str:
        return self.markdown.partition("\n")[0].removeprefix("# ")

    @property
    def parts(self) -> dict[str, str]:
        """Text by heading, in the lesson's order."""
        _, *pieces = re.split(r"^## (.+)\n", self.markdown, flags=re.MULTILINE)
        return {heading: text.strip() for heading, text in zip(pieces[::2], pieces[1::2], strict=True)}

    @property
    def pictures(self) -> list[str]:
        """The names of its pictures, without their ending."""
        return re.findall(r"\]\(([\w-]+)\.svg\)", self.markdown)

    def page(self) -> str:
        """The lesson as a page of docs/, whose links open the app on one's own machine."""
        return self.markdown.replace("](?", f"]({LOCAL_APP}?")


def sources() -> list[Path]:
    """The texts of all lessons, in their order."""
    return sorted(TEXTS.glob("*.md"))


def read(source: Path, figures: Figures) -> Lesson:
    """Raises MissingFigureError where a figure is not stored."""
    number, _, slug = source.stem.partition("-")
    return Lesson(int(number), slug, filled(source.read_text(encoding="utf-8"), figures).lstrip("\n"))
