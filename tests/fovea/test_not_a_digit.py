"""What the shipped digit model refuses, and what it must not: drawings made here, and MNIST's test digits."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from fovea import Reason
from fovea.decision import is_unlike_training

ROOT = Path(__file__).parents[2]
APP_PEN_PX = 22


def drawn(*lines, width=18):
    image = Image.new("L", (280, 280), 255)
    for points in lines:
        ImageDraw.Draw(image).line(points, fill=0, width=width, joint="curve")
    return image


LETTERS = {
    "H": [[(80, 50), (80, 230)], [(190, 50), (190, 230)], [(80, 140), (190, 140)]],
    "A": [[(60, 230), (140, 50), (220, 230)], [(95, 160), (185, 160)]],
    "M": [[(60, 230), (70, 50), (140, 160), (210, 50), (220, 230)]],
    "K": [[(80, 50), (80, 230)], [(190, 50), (85, 145), (200, 230)]],
    "W": [[(50, 60), (90, 220), (140, 100), (190, 220), (230, 60)]],
    "E": [[(190, 50), (80, 50), (80, 230), (190, 230)], [(80, 140), (170, 140)]],
    "X": [[(70, 60), (210, 220)], [(210, 60), (70, 220)]],
}


@pytest.mark.parametrize("letter", LETTERS)
def test_a_letter_that_no_digit_resembles_is_refused(shipped, letter):
    prediction = shipped.predict(drawn(*LETTERS[letter], width=APP_PEN_PX))
    assert prediction.decision.reasons == (Reason.UNLIKE_TRAINING,)


def test_two_digits_and_a_smiley_are_refused(shipped):
    ten = drawn([(70, 60), (70, 220)])
    ImageDraw.Draw(ten).ellipse((130, 60, 220, 220), outline=0, width=18)
    smiley = Image.new("L", (280, 280), 255)
    for box in ((40, 40, 240, 240), (95, 95, 115, 115), (165, 95, 185, 115)):
        ImageDraw.Draw(smiley).ellipse(box, outline=0, width=12)
    ImageDraw.Draw(smiley).arc((85, 90, 195, 200), 20, 160, fill=0, width=12)
    for image in (ten, smiley):
        assert shipped.predict(image).decision.reasons == (Reason.UNLIKE_TRAINING,)


@pytest.mark.parametrize("digit", "0123456789")
def test_a_printed_digit_is_read(shipped, digit):
    image = Image.new("L", (280, 280), 255)
    ImageDraw.Draw(image).text((80, 30), digit, fill=0, font=ImageFont.load_default(200))
    assert shipped.predict(image).decision.class_name == digit


def test_white_ink_on_a_transparent_ground_is_read(shipped):
    ink = drawn([(80, 70), (195, 70), (130, 225)], width=22)
    seven = Image.new("RGBA", ink.size, (255, 255, 255, 0))
    seven.putalpha(ink.point(lambda level: 255 - level))
    assert shipped.predict(seven).decision.class_name == "7"


def test_the_examples_of_the_tab_are_read(shipped):
    examples = json.loads((ROOT / "space" / "examples" / "digits.json").read_text())["digits"]
    assert len(examples) == 10
    for name, strokes in examples.items():
        image = drawn(*([tuple(point) for point in stroke] for stroke in strokes), width=22)
        assert shipped.predict(image).decision.class_name == name


def test_nearly_every_test_digit_of_mnist_is_kept(shipped, mnist_dir):
    raw = gzip.decompress((mnist_dir / "MNIST" / "raw" / "t10k-images-idx3-ubyte.gz").read_bytes())
    digits = np.frombuffer(raw, np.uint8, offset=16).reshape(-1, 28, 28, 1)
    scores = np.concatenate([shipped.run(digits[start : start + 500])["ood_score"] for start in range(0, 10_000, 500)])
    assert is_unlike_training(scores).mean() <= 0.01
    assert shipped.spec.metric("in_distribution", "test").value == pytest.approx(1 - is_unlike_training(scores).mean())
