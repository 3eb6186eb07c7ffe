"""The card of an answer: a picture of one size with the drawing or photo, the answer and the maps."""

import base64
import io
import json
import urllib.request

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from space.card import CARD_PX, EDGE_PX, LEFT_PX, PICTURE_PX, answer_words, card
from space.strokes import drawn, example_strokes
from space.tabs.digits import UNLIKE

DIGITS, FOOLING = example_strokes()
GROUND = (15, 23, 42)


def test_a_wide_and_a_high_picture_are_shown_whole():
    for size in ((1000, 250), (250, 1000)):
        made = card(Image.new("RGB", size, "red"), "LeNet-5", "7", "99.9 %")
        assert made.size == CARD_PX
        red = np.asarray(made)[:, :, 0] == 255
        pale = np.asarray(made)[:, :, 1] == 0
        height, width = (np.flatnonzero((red & pale).any(axis=axis)).size for axis in (1, 0))
        assert sorted((width, height)) == [PICTURE_PX // 4, PICTURE_PX]


@pytest.mark.parametrize("said", ["7", "This does not look like one digit", "Not sure"])
def test_no_words_run_into_the_maps_or_out_of_the_card(said):
    note = "The most probable is 7, with 45.2 %."
    rows = [[Image.new("L", (28, 28))] * 6, *[[Image.new("L", (10, 10))] * 8] * 2]
    without = np.asarray(card(drawn(DIGITS["7"]), "LeNet-5", said, note))
    ink = (without != GROUND).any(axis=2)
    ink[:, :LEFT_PX] = False
    rows_of_words = np.flatnonzero(ink.any(axis=1))
    tiles = np.asarray(card(drawn(DIGITS["7"]), "LeNet-5", "", "", rows)) == 0
    first_map = np.flatnonzero(tiles[:, LEFT_PX:].all(axis=2).any(axis=1))[0]
    assert rows_of_words[-1] < first_map
    assert not ink[:, CARD_PX[0] - EDGE_PX + 1 :].any()


def test_it_says_what_the_tab_says(shipped):
    assert answer_words(shipped.predict(drawn(DIGITS["7"])), UNLIKE)[0] == "7"
    spiral = next(iter(FOOLING.values()))
    said, note = answer_words(shipped.predict(drawn(spiral)), UNLIKE)
    assert said in (UNLIKE, "Not sure") or said in "0123456789"
    assert note


def made_by(app, elem_id, value):
    """What the button `elem_id` of the page gets for `value`: the messages of the stream."""
    with urllib.request.urlopen(f"{app}/config", timeout=20) as response:
        config = json.load(response)
    (button,) = [each["id"] for each in config["components"] if each["props"].get("elem_id") == elem_id]
    (function,) = [each["id"] for each in config["dependencies"] if each["targets"] == [[button, "click"]]]
    joined = {"data": [value], "fn_index": function, "session_hash": f"card-{elem_id}-{len(str(value))}"}
    body = json.dumps(joined).encode()
    join = urllib.request.Request(f"{app}/gradio_api/queue/join", body, {"Content-Type": "application/json"})
    urllib.request.urlopen(join, timeout=20).close()
    address = f"{app}/gradio_api/queue/data?session_hash={joined['session_hash']}"
    with urllib.request.urlopen(address, timeout=60) as stream:
        messages = [json.loads(line[6:]) for line in stream.read().decode().splitlines() if line.startswith("data: ")]
    return next(each for each in messages if each["msg"] == "process_completed")["output"]


def test_the_button_gets_a_png_of_the_drawing(app):
    (address,) = made_by(app, "digits-card", json.dumps(DIGITS["7"]))["data"]
    kind, _, content = address.partition(";base64,")
    assert kind == "data:image/png"
    with Image.open(io.BytesIO(base64.b64decode(content))) as image:
        assert image.size == CARD_PX
        assert image.convert("RGB").getpixel((EDGE_PX + 5, EDGE_PX + 5)) == (0, 0, 0)


@pytest.mark.parametrize(
    ("elem_id", "value", "sentence"),
    [
        ("digits-card", "", "The drawing is empty"),
        ("digits-card", "[[[", "The drawing did not arrive whole. Clear the field and draw again."),
        ("model-flowers-card", None, "Show a photo first."),
    ],
)
def test_without_a_picture_it_says_what_is_missing(app, elem_id, value, sentence):
    assert sentence in made_by(app, elem_id, value)["error"]


def test_a_click_saves_the_card(app, new_page):
    page = new_page(width=390)
    page.goto(f"{app}/?tab=digits")
    page.locator("#digits-canvas .example").first.click(timeout=30_000)
    expect(page.locator("#digits-layers img").first).to_be_visible(timeout=30_000)
    with page.expect_download() as started:
        page.locator("#digits-card").click()
    assert started.value.suggested_filename == "fovea.png"
    with Image.open(started.value.path()) as image:
        assert image.size == CARD_PX
    page.close()
