"""Shapes of a picture as SVG text. A picture is as wide as a phone, so its words stay readable there.

Words take the colour of the page around them, or slate where the picture is a file of its own.
"""

from collections.abc import Sequence
from html import escape

# of middle lightness: each stands out from white and from slate
TEAL, AMBER, INDIGO, ROSE, SLATE = "#0d9488", "#d97706", "#6366f1", "#e11d48", "#64748b"
COLOURS = (TEAL, AMBER, INDIGO, ROSE, SLATE)

WIDTH = 360
SHOWN = 1.5  # how much larger a page with room shows it
REACH = 14  # of what is pointed at, in width: a finger is wider than a line


def picture(title: str, height: float, shapes: Sequence[str]) -> str:
    """The whole picture; `title` says what it shows to whoever cannot see it."""
    size = f'viewBox="0 0 {WIDTH} {height:g}" width="{WIDTH * SHOWN:g}" height="{height * SHOWN:g}"'
    look = f'color="{SLATE}" font-family="system-ui, sans-serif" font-size="11"'
    # a <title> would be a tooltip over the whole picture
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} {look} role="img" aria-label="{escape(title)}">'
    return "\n".join([head, *shapes, "</svg>\n"])


def told(shape: str, words: str) -> str:
    """`shape` with a tooltip; without words, the shape alone."""
    return f"<g><title>{escape(words)}</title>{shape}</g>" if words else shape


def text(x: float, y: float, words: str, *, anchor: str = "start", size: float = 11, weight: int = 400) -> str:
    """`y` is the line that the words stand on; `anchor` is start, middle or end."""
    look = f'text-anchor="{anchor}" font-size="{size:g}" font-weight="{weight}" fill="currentColor"'
    return f'<text x="{x:g}" y="{y:g}" {look}>{escape(words)}</text>'


def on_colour(x: float, y: float, words: str, *, size: float = 11) -> str:
    """White words in the middle of something coloured."""
    return f'<text x="{x:g}" y="{y:g}" text-anchor="middle" font-size="{size:g}" fill="#fff">{escape(words)}</text>'


def rect(x: float, y: float, width: float, height: float, fill: str, *, opacity: float = 1, radius: float = 0) -> str:
    return (
        f'<rect x="{x:.4g}" y="{y:.4g}" width="{width:.4g}" height="{height:.4g}" rx="{radius:g}" fill="{fill}" '
        f'fill-opacity="{opacity:.3g}"/>'
    )


def frame(x: float, y: float, width: float, height: float, colour: str, *, radius: float = 0) -> str:
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{radius:g}" fill="none" '
        f'stroke="{colour}" stroke-width="1.5"/>'
    )


def image(x: float, y: float, width: float, height: float, address: str) -> str:
    """A picture in pixels, by its data address, whose pixels stay square when it is enlarged."""
    size = f'x="{x:.4g}" y="{y:.4g}" width="{width:.4g}" height="{height:.4g}"'
    return f'<image {size} style="image-rendering: pixelated" href="{address}"/>'


def line(x1: float, y1: float, x2: float, y2: float, colour: str = SLATE, *, width: float = 1, dash: str = "") -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{x1:.4g}" y1="{y1:.4g}" x2="{x2:.4g}" y2="{y2:.4g}" stroke="{colour}" '
        f'stroke-width="{width:g}"{dashed}/>'
    )


def path(points: Sequence[tuple[float, float]], colour: str, *, dash: str = "", width: float = 2) -> str:
    """A line through `points`."""
    drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<polyline points="{drawn}" fill="none" stroke="{colour}" stroke-width="{width:g}"{dashed}/>'


def dot(x: float, y: float, radius: float, colour: str, *, reach: float = 0) -> str:
    """A pointer finds it from `reach` around it."""
    around = f' stroke="transparent" stroke-width="{2 * reach:g}"' if reach else ""
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" fill="{colour}"{around}/>'


def arrow(points: Sequence[tuple[float, float]], colour: str = SLATE) -> str:
    """A line through `points` whose last piece, along an axis, ends in a head."""
    (x0, y0), (x1, y1) = points[-2:]
    dx, dy = (x1 > x0) - (x1 < x0), (y1 > y0) - (y1 < y0)
    corners = [
        (x1, y1),
        (x1 - 7 * dx + 3.5 * dy, y1 - 7 * dy + 3.5 * dx),
        (x1 - 7 * dx - 3.5 * dy, y1 - 7 * dy - 3.5 * dx),
    ]
    head = " ".join(f"{x:g},{y:g}" for x, y in corners)
    shaft = [*points[:-1], (x1 - 6 * dx, y1 - 6 * dy)]
    return path(shaft, colour, width=1.5) + f'<polygon points="{head}" fill="{colour}"/>'


def box(x: float, y: float, width: float, height: float, colour: str, lines: Sequence[str]) -> str:
    """A rounded box with lines of words in its middle."""
    top = y + height / 2 - 6.5 * (len(lines) - 1) + 4
    words = "".join(
        text(x + width / 2, top + 13 * number, each, anchor="middle", weight=400 if number else 600, size=10)
        for number, each in enumerate(lines)
    )
    return (
        rect(x, y, width, height, colour, opacity=0.16, radius=6) + frame(x, y, width, height, colour, radius=6) + words
    )
