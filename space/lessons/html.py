"""A lesson as HTML for the tab, its pictures inside, so that they take the page's colours."""

import re
from collections.abc import Callable, Sequence
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from space.lessons.lesson import Lesson

Draw = Callable[[str], str]


def article(lesson: Lesson, draw: Draw) -> str:
    """One lesson; `draw` gives the SVG of a picture by its name."""
    render = _renderer(draw)
    title = f"<h2>{escape(lesson.question)}</h2>"
    parts = (
        f'<section class="{_class(heading)}"><h3>{escape(heading)}</h3>{render(text)}</section>'
        for heading, text in lesson.parts.items()
    )
    return f'<article data-lesson="{lesson.number}" hidden>{title}{"".join(parts)}</article>'


def _class(heading: str) -> str:
    return re.sub(r"\W+", "-", heading.lower())


def _renderer(draw: Draw) -> Callable[[str], str]:
    markdown = MarkdownIt("commonmark", {"html": True}).enable("table")

    def image(_self: RendererHTML, tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
        return draw(str(tokens[index].attrs["src"]).removesuffix(".svg"))

    markdown.add_render_rule("image", image)
    return markdown.render
