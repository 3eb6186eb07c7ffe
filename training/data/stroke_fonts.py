"""Letters and digits as strokes: the fonts of A. V. Hershey, Calligraphy for computers, 1967."""

from collections.abc import Sequence
from functools import cache

import numpy as np
from HersheyFonts import HersheyFonts

from training.data.handwriting import Stroke

DIGITS = "0123456789"
# Left out are those that some hand writes as another writes a digit: B b D g G I i l O o Q q S s Y y Z z.
LETTERS = "ACEFHJKLMNPRTUVWXacdefhjkmnprtuvwx"
TRAINING_FONTS = ("futural", "futuram", "rowmans", "rowmant", "scripts", "timesr", "timesi")
HELD_OUT_FONTS = ("cursive", "rowmand", "scriptc", "timesib")


def glyph(characters: str, fonts: Sequence[str], random: np.random.Generator) -> list[Stroke]:
    """One of `characters` in one of `fonts`."""
    return _strokes(fonts[int(random.integers(len(fonts)))], characters[int(random.integers(len(characters)))])


@cache
def _strokes(font: str, character: str) -> list[Stroke]:
    return [np.array(stroke, float) for stroke in _font(font).strokes_for_text(character)]


@cache
def _font(name: str) -> HersheyFonts:
    font = HersheyFonts()
    font.load_default_font(name)
    return font
