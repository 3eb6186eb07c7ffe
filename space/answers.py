"""Answers as HTML: a headline and a bar per class, or why there is none."""

from collections.abc import Sequence
from html import escape


def headline(answer: str, note: str, size: str = "") -> str:
    """`size` "words" is for answers longer than a digit."""
    return (
        f'<div class="fovea-answer {size}"><span class="class">{escape(answer)}</span>'
        f'<span class="note">{escape(note)}</span></div>'
    )


def no_answer(prompt: str, reason: str = "") -> str:
    """What to do, or the reason why what was done has no answer."""
    if reason:
        return f'<div class="fovea-answer refused" role="alert"><span class="note">{escape(reason)}</span></div>'
    return f'<div class="fovea-answer"><span class="note">{escape(prompt)}</span></div>'


def bars(ranked: Sequence[tuple[str, float]], best: str | None) -> str:
    """A row for each (class, probability); the class `best` is marked."""
    rows = "".join(
        f'<span class="name">{escape(name)}</span>'
        f'<span class="track"><span class="fill{" best" if name == best else ""}" '
        f'style="display:block;width:{share * 100:.1f}%"></span></span>'
        f'<span class="share">{share * 100:.1f} %</span>'
        for name, share in ranked
    )
    return f'<div class="fovea-bars">{rows}</div>'
