"""The film on the page: Chromium shows the pixels that the network saw, until the user asks for others."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect
from pydicom import dcmread
from pydicom.dataset import Dataset

from fovea import DecodedImage, decode
from fovea.dicom import LookUpTable, Window, read_dicom
from space.film.view import names, view
from space.pictures import read_address

EXAMPLES = Path(__file__).parents[2] / "space" / "examples" / "chest_xray"
SIZE_PX = 320  # of the phantom
ANSWER_MS = 20_000
ROUNDING = 2  # grey levels
# Gradio fades an answer in, and what is faded in cannot lie above the rest of the page.
IS_OPAQUE = """() => {
  let place = document.querySelector("#chest-look .stack");
  while (place && getComputedStyle(place).opacity === "1") place = place.parentElement;
  return place === null;
}"""
SEEN = "The network's greys"


def s_curve():
    """A VOI LUT steep in its middle: 4096 entries of 12 bits (PS3.3 C.11.2.1.1)."""
    entries = 4095 / (1 + np.exp(-8 * (np.arange(4096) / 4095 - 0.5)))
    item = Dataset()
    item.add_new(0x00283002, "US", [4096, 0, 12])
    item.add_new(0x00283006, "OW", struct.pack("<4096H", *entries.astype(int)))
    return item


SIGMOID = {"WindowCenter": 2400, "WindowWidth": 1500, "VOILUTFunction": "SIGMOID"}
TABLE = {"VOILUTSequence": [s_curve()]}  # before the phantom's own window
TWO_WINDOWS = {
    "WindowCenter": [2048, 1800],
    "WindowWidth": [4096, 1200],
    "WindowCenterWidthExplanation": ["NORMAL", "HARDER"],
}


def phantom(**elements):
    """The phantom as a DICOM file with these elements changed."""
    dataset = dcmread(EXAMPLES / "phantom.dcm")
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    stream = io.BytesIO()
    dataset.save_as(stream)
    return stream.getvalue()


@pytest.fixture
def show(app, new_page, tmp_path):
    """Upload a film; the page's overlay."""
    pages = []

    def upload(content, width=1280):
        pages.append(page := new_page(width))
        page.goto(f"{app}/?tab=chest-x-ray")
        (tmp_path / "film").write_bytes(content)
        page.locator("#chest-film input[type=file]").set_input_files(tmp_path / "film")
        overlay = page.locator("#chest-look .overlay")
        expect(overlay).to_be_visible(timeout=ANSWER_MS)
        page.wait_for_function(IS_OPAQUE)
        return overlay

    yield upload
    for page in pages:
        page.close()


def pixels(overlay):
    """What the screen shows of the film, one pixel of the phantom to one of the screen."""
    place = f"position: fixed; left: 0; top: 0; width: {SIZE_PX}px; border-radius: 0; z-index: 99"
    stack = overlay.locator(".stack")
    before = stack.get_attribute("style")
    stack.evaluate("(stack, style) => { stack.style.cssText += style; }", f";{place}")
    taken = overlay.page.screenshot(clip={"x": 0, "y": 0, "width": SIZE_PX, "height": SIZE_PX})
    stack.evaluate("(stack, style) => { stack.style.cssText = style; }", before)
    return np.asarray(Image.open(io.BytesIO(taken)).convert("RGB"), np.int16)


def difference(shown, image):
    """The largest, in grey levels."""
    return np.abs(shown - np.asarray(image, np.int16)[:, :, np.newaxis]).max()


def chosen(overlay):
    return overlay.locator(".films button[aria-pressed=true]").all_inner_texts()


@pytest.mark.parametrize(
    ("elements", "linear", "button"),
    [(SIGMOID, Window(2400, 1500), SEEN), (TABLE, Window(2048, 4096), "Table 1, the network's greys")],
    ids=["sigmoid", "table"],
)
def test_a_film_is_shown_as_the_network_saw_it_until_a_slider_moves(show, elements, linear, button):
    content = phantom(**elements)
    film = read_dicom(content)
    seen = film.render()
    assert difference(np.asarray(film.render(linear).convert("RGB"), np.int16), seen) > 20  # a window cannot show it

    overlay = show(content)
    assert chosen(overlay) == [button]
    assert difference(pixels(overlay), seen) <= ROUNDING

    expect(overlay).to_contain_text("The network saw these greys at 224 x 224 pixels.")
    overlay.locator("input.width").fill(overlay.locator("input.width").get_attribute("min"))
    assert chosen(overlay) == ["Your window"]
    assert difference(pixels(overlay), seen) > 100

    overlay.get_by_role("button", name=button).click()
    assert chosen(overlay) == [button]
    assert difference(pixels(overlay), seen) <= ROUNDING


def test_the_sliders_give_the_linear_window_that_they_name(show):
    content = phantom()
    film = read_dicom(content)
    assert film.voi == (Window(2048, 4096),)
    assert film.is_inverted
    overlay = show(content)
    assert difference(pixels(overlay), film.render()) <= ROUNDING
    overlay.get_by_role("button", name="Your window").click()
    assert difference(pixels(overlay), film.render()) <= ROUNDING
    for name, value in (("center", "1600"), ("width", "2000")):
        overlay.locator(f"input.{name}").fill(value)
    center, width = (float(overlay.locator(f"input.{name}").input_value()) for name in ("center", "width"))
    assert (center, width) == pytest.approx((1600, 2000), abs=11)  # half a step
    assert overlay.locator("output").all_inner_texts() == [f"{center:.0f}", f"{width:.0f}"]
    # 256 levels over 4096 values, shown in a window of 2000
    assert difference(pixels(overlay), film.render(Window(center, width))) <= 2 * ROUNDING


@pytest.mark.parametrize("width", [1280, 390])
def test_of_two_windows_either_can_be_chosen_by_keyboard_and_the_one_seen_is_named(show, width):
    content = phantom(**TWO_WINDOWS)
    film = read_dicom(content)
    assert len(film.voi) == 2
    first, second = film.render(), film.render(film.voi[1])
    overlay = show(content, width)
    group = overlay.get_by_role("group", name="How the film is shown")
    assert group.get_by_role("button").all_inner_texts() == ["NORMAL, the network's greys", "HARDER", "Your window"]
    assert chosen(overlay) == ["NORMAL, the network's greys"]
    assert difference(pixels(overlay), first) <= ROUNDING

    group.get_by_role("button", name="NORMAL").focus()
    overlay.page.keyboard.press("Tab")
    overlay.page.keyboard.press("Enter")
    assert chosen(overlay) == ["HARDER"]
    assert difference(pixels(overlay), first) > 50
    assert difference(pixels(overlay), second) <= ROUNDING
    assert overlay.locator("output").all_inner_texts() == ["1800", "1200"]
    overlay.locator("input.center").fill("1000")
    assert overlay.locator("output").last.inner_text() == "1200"
    assert overlay.page.evaluate("document.documentElement.scrollWidth") == width


def test_your_window_is_kept_while_another_is_looked_at(show):
    overlay = show(phantom(**TWO_WINDOWS))
    overlay.locator("input.center").fill("1000")
    mine, told = pixels(overlay), overlay.locator("output").all_inner_texts()
    overlay.get_by_role("button", name="HARDER").click()
    assert overlay.locator("output").all_inner_texts() == ["1800", "1200"]
    overlay.get_by_role("button", name="Your window").click()
    assert overlay.locator("output").all_inner_texts() == told
    assert np.array_equal(pixels(overlay), mine)


def test_a_png_film_goes_back_to_what_the_network_saw(show):
    content = (EXAMPLES / "phantom.png").read_bytes()
    seen = decode(content, channels=1)
    assert seen.size == (SIZE_PX, SIZE_PX)
    overlay = show(content)
    assert overlay.locator(".picture").count() == 1  # its levels are all there are
    assert difference(pixels(overlay), seen) <= ROUNDING
    overlay.locator("input.center").fill("40")
    assert difference(pixels(overlay), seen) > 50
    overlay.get_by_role("button", name=SEEN).click()
    assert difference(pixels(overlay), seen) <= ROUNDING


def test_six_presentations_are_sent_and_the_rest_is_counted(show):
    content = phantom(WindowCenter=[2048] * 8, WindowWidth=[4096 - 100 * step for step in range(8)])
    film = read_dicom(content)
    assert len(film.voi) == 8
    overlay = show(content)
    buttons = overlay.locator(".films button").all_inner_texts()
    assert buttons == ["Window 1, the network's greys", *(f"Window {place}" for place in range(2, 7)), "Your window"]
    expect(overlay).to_contain_text("The file offers 2 more, not shown here.")


def test_a_large_film_is_shown_smaller_in_the_greys_that_the_network_saw():
    dataset = dcmread(EXAMPLES / "phantom.dcm")
    large = np.kron(dataset.pixel_array, np.ones((4, 5), np.uint16))
    film = read_dicom(phantom(**SIGMOID, Rows=1280, Columns=1600, PixelData=large.astype("<u2").tobytes()))
    shown = Image.open(io.BytesIO(read_address(view(DecodedImage(film.render(), film), 224).presentations[0].picture)))
    assert shown.size == (1024, 819)
    expected = film.render().resize(shown.size, Image.Resampling.BOX)
    assert np.abs(np.asarray(shown, np.int16) - np.asarray(expected, np.int16)).mean() < ROUNDING


TABLE_OF_TWO = LookUpTable(0, 8, np.array([0, 255], np.float32))


@pytest.mark.parametrize(
    ("offered", "expected"),
    [
        ([Window(1, 2)], [SEEN]),
        ([Window(1, 2, explanation="LUNG")], [SEEN]),
        # kinds are counted apart
        ([TABLE_OF_TWO, Window(1, 2), Window(3, 4)], ["Table 1, the network's greys", "Window 1", "Window 2"]),
        # a name that two share tells nothing
        (
            [Window(1, 2, explanation="LUNG"), Window(3, 4, explanation="USER"), Window(5, 6, explanation="USER")],
            ["LUNG, the network's greys", "Window 2", "Window 3"],
        ),
    ],
)
def test_each_presentation_has_a_name_of_its_own(offered, expected):
    assert names(offered) == expected
