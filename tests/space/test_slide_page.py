"""The sliding kernel in headless Chromium: it plays, it steps, and its sum is what the model gives."""

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from fovea import load

ROOT = Path(__file__).parents[2]
SEVEN = ROOT / "space" / "examples" / "feature_maps" / "seven.png"
MAP = 3


@pytest.fixture(scope="module")
def conv1():
    """What LeNet-5's first layer makes of the drawn seven, 6 x 28 x 28."""
    return load(ROOT / "models" / "features_lenet5.onnx").feature_maps(SEVEN.read_bytes()).feature_maps["conv1"]


def viewer(page, selector):
    return page.locator(f"#feature-maps-viewer {selector}")


def opened(app, new_page, query="", **media):
    page = new_page()
    page.emulate_media(**media)
    page.asked = []
    page.on("request", lambda request: page.asked.append(request.post_data or ""))
    page.goto(f"{app}/?tab=feature-maps&network=lenet5&layer=conv1&image=seven&map={MAP}{query}")
    expect(viewer(page, "canvas.grid")).to_have_attribute("data-layer", "lenet5 conv1 maps", timeout=30_000)
    return page


def filled(page):
    """How many cells of the map are drawn."""
    return page.evaluate(
        """() => { const made = document.querySelector("#feature-maps-viewer canvas.made");
          const { data } = made.getContext("2d").getImageData(0, 0, made.width, made.height);
          return data.filter((level, place) => place % 4 === 3 && level > 0).length; }"""
    )


def terms(page):
    """The numbers of the sum as they are written."""
    texts = viewer(page, ".equation b").all_inner_texts()
    return [float(text.replace(" ", "").replace("\N{MINUS SIGN}", "-").lstrip("=")) for text in texts]


def test_it_costs_nothing_until_it_is_opened_and_then_plays_and_pauses(app, new_page):
    page = opened(app, new_page)
    assert any('"kernel"' in body for body in page.asked)
    assert not any('"slide"' in body for body in page.asked)
    viewer(page, ".slide summary").click()
    expect(viewer(page, ".play")).to_have_text("Pause")
    assert any('"slide"' in body for body in page.asked)
    page.wait_for_function("() => Number(document.querySelector('#feature-maps-viewer .place').value) > 3")
    viewer(page, ".play").click()
    expect(viewer(page, ".play")).to_have_text("Play")
    stands = int(viewer(page, ".place").input_value())
    assert filled(page) == stands + 1
    viewer(page, ".slide summary").click()
    expect(viewer(page, ".play")).to_be_hidden()
    page.close()


def test_with_reduced_motion_it_stands_and_steps_by_buttons_and_keys(app, new_page, conv1):
    page = opened(app, new_page, reduced_motion="reduce")
    viewer(page, ".slide summary").click()
    expect(viewer(page, ".equation b")).to_have_count(3)
    assert filled(page) == 1
    expect(viewer(page, ".back")).to_be_disabled()
    viewer(page, ".forth").click()
    viewer(page, ".forth").click()
    viewer(page, ".back").click()
    assert filled(page) == 2
    viewer(page, ".place").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert filled(page) == 5
    assert terms(page)[-1] == pytest.approx(conv1[MAP - 1, 0, 4], abs=6e-4)
    page.keyboard.press("End")
    expect(viewer(page, ".forth")).to_be_disabled()
    assert filled(page) == 28 * 28
    expect(viewer(page, ".play")).to_have_text("Play")
    page.close()


def test_a_link_stands_at_its_place_where_products_and_bias_are_the_unit(app, new_page, conv1):
    row, column = (int(place) for place in np.unravel_index(conv1[MAP - 1].argmax(), (28, 28)))
    page = opened(app, new_page, f"&cell={row * 28 + column + 1}")
    expect(viewer(page, ".equation")).to_contain_text(f"row {row + 1}, column {column + 1} of the map")
    share, bias, unit = terms(page)
    assert unit == pytest.approx(conv1[MAP - 1, row, column], abs=6e-4)
    assert share + bias == pytest.approx(unit, abs=2e-3)
    assert viewer(page, ".play").inner_text() == "Play"
    viewer(page, "button.copy").click()
    assert f"cell={row * 28 + column + 1}" in viewer(page, ".address").input_value()
    page.close()
