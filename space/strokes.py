"""A drawing as strokes: lists of points (x, y) in a square field, drawn by a round pen."""

import functools
import json
from pathlib import Path

from PIL import Image, ImageDraw

from fovea import UnreadableImageError

FIELD_PX, PEN_PX = 280, 22
MAX_CHARS = 400_000
EXAMPLES = Path(__file__).parent / "examples" / "digits.json"

Point = tuple[float, float]
Strokes = list[list[Point]]


def read_strokes(text: str) -> Strokes:
    """Strokes of at least one point each, from the JSON that the page sends. Raises UnreadableImageError."""
    try:
        if len(text) > MAX_CHARS:
            raise ValueError
        strokes = [[(_inside(x), _inside(y)) for x, y in stroke] for stroke in json.loads(text)]
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise UnreadableImageError("The drawing did not arrive whole. Clear the field and draw again.") from error
    return [stroke for stroke in strokes if stroke]


def _inside(place: float) -> float:
    """A pen that leaves the field draws along its edge; NaN ends at 0."""
    return max(0.0, min(float(place), FIELD_PX))


def drawn(strokes: Strokes) -> Image.Image:
    """White ink on black, grey, FIELD_PX a side."""
    image = Image.new("L", (FIELD_PX, FIELD_PX), 0)
    draw = ImageDraw.Draw(image)
    half = PEN_PX / 2
    for stroke in strokes:
        if len(stroke) > 1:
            draw.line(stroke, fill=255, width=PEN_PX)
        for x, y in stroke:  # round ends and joints, and a tap's dot
            draw.ellipse((x - half, y - half, x + half, y + half), fill=255)
    return image


@functools.cache
def example_strokes() -> tuple[dict[str, Strokes], dict[str, Strokes]]:
    """Drawings by what they show: the ten digits, and others that look alike or are none."""
    kinds = json.loads(EXAMPLES.read_text())
    return kinds["digits"], kinds["fooling"]
