"""The shipped digit model on what the app's pen draws: digits of a quarter of the full size, and 1s with a flag."""

import math

import pytest
from PIL import Image, ImageDraw

PEN_PX, FIELD_PX, FULL_PX = 22, 280, 210


def bow(x, y, radius, start, end):
    angles = (math.radians(start + (end - start) * step / 20) for step in range(21))
    return [(x + radius * math.cos(angle), y + radius * math.sin(angle)) for angle in angles]


# 0..100 on both axes, y down
DIGITS = {
    "0": [[(50 + 0.6 * (x - 50), y) for x, y in bow(50, 50, 50, -90, 270)]],
    "1": [[(50, 0), (48, 100)]],
    "2": [[*bow(50, 28, 28, -160, 35), (22, 98), (80, 98)]],
    "3": [[*bow(48, 26, 25, -150, 80), *bow(48, 74, 27, -80, 150)]],
    "4": [[(40, 0), (20, 60), (82, 60)], [(66, 25), (64, 100)]],
    "5": [[(78, 2), (28, 2), (25, 46), *bow(50, 69, 29, -125, 140)]],
    "6": [[(66, 2), (38, 30), (24, 62), *bow(50, 72, 27, 190, -160)]],
    "7": [[(20, 3), (80, 3), (42, 100)]],
    "8": [[*bow(50, 25, 23, 90, 450), *bow(50, 75, 26, -90, 270)]],
    "9": [[*bow(50, 27, 26, 10, -350), (72, 60), (66, 100)]],
}
# how far the flag lies left of the top and below it, and how far the foot lies left of the top
FLAGGED = {"short": (22, 20, 0), "long": (36, 34, 0), "slanted": (24, 26, 18), "leaning back": (28, 26, -6)}
UNREAD = ("leaning back", 0.25)  # passes for a 9: the guide's limits


def drawn(strokes, size_px):
    """In the middle of the app's field, `size_px` high, four times as fine and averaged as a browser smooths lines."""
    fine, scale = Image.new("L", (4 * FIELD_PX, 4 * FIELD_PX)), 4 * size_px / 100
    canvas, corner, radius = ImageDraw.Draw(fine), 2 * (FIELD_PX - size_px), 2 * PEN_PX
    for stroke in strokes:
        points = [(corner + scale * x, corner + scale * y) for x, y in stroke]
        canvas.line(points, fill=255, width=4 * PEN_PX)
        for x, y in points:
            canvas.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return fine.resize((FIELD_PX, FIELD_PX), Image.Resampling.BOX)


@pytest.mark.parametrize("share", [1, 0.5, 0.25])
@pytest.mark.parametrize("digit", DIGITS)
def test_a_digit_is_read_at_full_half_and_quarter_size(shipped, digit, share):
    assert shipped.predict(drawn(DIGITS[digit], share * FULL_PX)).decision.class_name == digit


@pytest.mark.parametrize(
    ("flag", "share"), [(flag, share) for flag in FLAGGED for share in (1, 0.5, 0.25) if (flag, share) != UNREAD]
)
def test_a_one_with_a_flag_and_no_base_is_a_one(shipped, flag, share):
    left, down, slant = FLAGGED[flag]
    strokes = [[(50 - left, down), (50, 0), (50 - slant, 100)]]
    assert shipped.predict(drawn(strokes, share * FULL_PX)).decision.class_name == "1"
