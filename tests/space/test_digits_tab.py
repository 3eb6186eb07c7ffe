"""The Digits tab in headless Chromium, with mouse and finger-sized screens."""

import io
import json
import urllib.request

import pytest
from pen import SEVEN, draw
from PIL import Image, ImageDraw
from playwright.sync_api import expect
from serving import call_api, data_address

from space.strokes import example_strokes


@pytest.fixture
def page(app, new_page):
    page = new_page()
    page.goto(app)
    expect(page.locator("#digits-canvas canvas")).to_be_visible(timeout=30_000)
    expect(page.locator("#digits-canvas .hint")).to_have_text("Draw a digit here")
    yield page
    page.close()


def stroke(page, *points, hold=False):
    """Move the pressed mouse through `points`, given as shares of the canvas; `hold` leaves the button down."""
    expect(page.locator("#early-drawing")).to_have_count(0)  # it takes the pen until the page is there
    draw(page, "#digits-canvas canvas", points, hold=hold)


def test_a_seven_drawn_with_the_mouse_is_read_as_seven(page):
    stroke(page, *SEVEN)
    expect(page.locator("#digits-answer .class")).to_have_text("7", timeout=10_000)


def test_a_letter_is_called_no_digit(page):
    for bar in (((0.3, 0.2), (0.3, 0.8)), ((0.7, 0.2), (0.7, 0.8)), ((0.3, 0.5), (0.7, 0.5))):
        stroke(page, *bar)
    expect(page.locator("#digits-answer .class")).to_have_text("This does not look like one digit", timeout=10_000)
    expect(page.locator("#digits-answer .fill.best")).to_have_count(0)


def test_of_two_digits_it_says_that_one_is_read_at_a_time(page):
    stroke(page, (0.25, 0.2), (0.25, 0.8))
    stroke(page, (0.5, 0.2), (0.85, 0.2), (0.65, 0.8))
    note = page.locator("#digits-answer .fovea-meaning")
    expect(note).to_have_text("The drawing has 2 parts side by side. One digit is read at a time.", timeout=10_000)
    expect(page.locator("#digits-answer .class")).to_have_text("This does not look like one digit")


def test_the_answer_comes_while_the_button_is_still_down(page):
    expect(page.locator("#digits-answer .class")).to_have_count(0)
    stroke(page, *SEVEN, hold=True)
    expect(page.locator("#digits-answer .class")).to_have_text("7", timeout=10_000)
    page.mouse.up()


def test_every_layer_of_the_spec_that_is_shown_has_a_picture_per_map(page):
    stroke(page, *SEVEN)
    expect(page.locator("#digits-answer .class")).to_have_text("7", timeout=10_000)
    layers = page.locator("#digits-layers .fovea-layer")
    pictures = [layers.nth(row).locator("img").count() for row in range(layers.count())]
    assert pictures == [6, 6, 16, 16, 1, 1, 1]
    assert all(layers.locator("p").all_inner_texts())


def test_clear_takes_the_answer_away(page):
    stroke(page, *SEVEN)
    expect(page.locator("#digits-answer .class")).to_have_text("7", timeout=10_000)
    page.locator("#digits-canvas .clear").click()
    expect(page.locator("#digits-answer .class")).to_have_count(0, timeout=10_000)
    expect(page.locator("#digits-canvas .hint")).to_be_visible()


def test_a_drawing_that_cannot_be_read_takes_the_answer_before_it_away_and_says_why(page):
    stroke(page, *SEVEN)
    expect(page.locator("#digits-answer .class")).to_have_text("7", timeout=10_000)

    def damage(route):
        sent = json.loads(route.request.post_data)
        route.continue_(post_data=json.dumps(sent | {"data": [sent["data"][0][:-8] + "<b>@</b>"]}))

    page.route("**/gradio_api/queue/join*", damage)
    stroke(page, (0.4, 0.4), (0.6, 0.4))
    expect(page.locator("#digits-answer .note")).to_have_text(
        "The drawing did not arrive whole. Clear the field and draw again.", timeout=10_000
    )
    expect(page.locator("#digits-answer .class")).to_have_count(0)
    expect(page.locator("#digits-answer .fill.best")).to_have_count(0)
    expect(page.locator("#digits-layers img")).to_have_count(0)
    page.unroute("**/gradio_api/queue/join*")
    page.locator("#digits-canvas .example:text-is('3')").click()
    expect(page.locator("#digits-answer .class")).to_have_text("3", timeout=10_000)


def test_an_example_is_drawn_and_read_as_its_digit(page):
    page.locator("#digits-canvas .example:text-is('9')").click()
    expect(page.locator("#digits-answer .class")).to_have_text("9", timeout=10_000)
    expect(page.locator("#digits-steps img")).to_have_count(3)


def test_undo_goes_back_past_an_example_and_a_cleared_field(page):
    undo = page.locator("#digits-canvas .undo")
    expect(undo).to_be_disabled()
    stroke(page, *SEVEN)
    page.locator("#digits-canvas .example:text-is('3')").click()
    page.locator("#digits-canvas .clear").click()
    expect(page.locator("#digits-canvas .hint")).to_be_visible()
    undo.click()
    expect(page.locator("#digits-answer .class")).to_have_text("3", timeout=10_000)
    undo.click()
    expect(page.locator("#digits-answer .class")).to_have_text("7", timeout=10_000)
    undo.click()
    expect(page.locator("#digits-answer .class")).to_have_count(0, timeout=10_000)
    expect(undo).to_be_disabled()


def bright_share(page):
    """The share of the field that is ink."""
    return page.locator("#digits-canvas canvas").evaluate(
        """(canvas) => {
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          return data.filter((level, index) => index % 4 === 0 && level > 127).length / (data.length / 4);
        }"""
    )


def test_a_tap_draws_a_dot_as_wide_as_the_pen(page):
    stroke(page, (0.5, 0.5))
    assert bright_share(page) == pytest.approx(3.1416 * 11**2 / 280**2, rel=0.05)


def touch(page, kind, **points):
    """A touch event of the browser itself; `points` are the fingers on the screen, as shares of the canvas."""
    box = page.locator("#digits-canvas canvas").bounding_box()
    places = [
        {"x": box["x"] + box["width"] * x, "y": box["y"] + box["height"] * y, "id": index}
        for index, (x, y) in enumerate(points.values())
    ]
    page.touches.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})


@pytest.fixture
def touched(page):
    page.touches = page.context.new_cdp_session(page)
    yield page
    page.touches.detach()


def draw_one_beside(page, palm):
    """A 1 from top to bottom by a finger, beside `palm`."""
    for step in range(13):
        fingers = {"palm": palm, "finger": (0.5, 0.2 + 0.05 * step)}
        touch(page, "touchStart" if step == 0 else "touchMove", **fingers)
    touch(page, "touchEnd")


def test_a_palm_that_rests_on_the_field_leaves_no_mark(touched):
    touch(touched, "touchStart", palm=(0.85, 0.85))
    draw_one_beside(touched, (0.85, 0.85))
    expect(touched.locator("#digits-answer .class")).to_have_text("1", timeout=10_000)
    assert bright_share(touched) == pytest.approx((0.6 * 280 * 22 + 3.1416 * 11**2) / 280**2, rel=0.1)


def test_a_second_finger_draws_no_wedge_into_the_line_of_the_first(touched):
    touch(touched, "touchStart", finger=(0.5, 0.2))
    for step in range(13):
        beside = {"second": (0.9, 0.9)} if step > 4 else {}
        kind = "touchStart" if step == 5 else "touchMove"
        touch(touched, kind, finger=(0.5, 0.2 + 0.05 * step), **beside)
    touch(touched, "touchEnd")
    expect(touched.locator("#digits-answer .class")).to_have_text("1", timeout=10_000)
    assert bright_share(touched) == pytest.approx((0.6 * 280 * 22 + 3.1416 * 11**2) / 280**2, rel=0.1)


def test_what_is_sent_are_strokes_and_no_pixels_of_the_canvas(page):
    with page.expect_request("**/gradio_api/queue/join*") as sent:
        page.locator("#digits-canvas .example:text-is('7')").click()
    (drawing,) = json.loads(sent.value.post_data)["data"]
    assert json.loads(drawing) == example_strokes()[0]["7"]


def test_the_panel_states_accuracy_with_interval_and_n(page):
    page.get_by_text("About this model").click()
    expect(page.locator(".fovea-about")).to_contain_text("95 % interval")
    expect(page.locator(".fovea-about")).to_contain_text("n = 10,000")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_phone_never_scrolls_sideways(app, browser, theme):
    page = browser.new_page(viewport={"width": 390, "height": 844}, has_touch=True)
    page.goto(f"{app}/?__theme={theme}")
    stroke(page, *SEVEN)
    expect(page.locator("#digits-answer .class")).to_have_text("7", timeout=10_000)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.close()


def test_nothing_is_loaded_from_another_host(app, browser):
    page = browser.new_page()
    hosts = set()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]) if "://" in request.url else None)
    page.goto(app)
    expect(page.locator("#digits-canvas canvas")).to_be_visible(timeout=30_000)
    page.close()
    assert hosts == {app.split("/")[2]}


def address(image):
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return data_address(buffer.getvalue(), "image/png")


def test_the_api_reads_a_digit(app):
    image = Image.new("L", (280, 280), 255)
    ImageDraw.Draw(image).line([(80, 70), (195, 70), (130, 225)], fill=0, width=24, joint="curve")
    answer = call_api(app, "digits", address(image))
    assert "event: complete" in answer
    said = json.loads(answer.split("data: ", 1)[1])[0]
    assert said["decision"] == next(iter(said["probabilities"])) == "7"


NO_ADDRESS = "The image is not a data address"


@pytest.mark.parametrize(
    ("image", "sentence"),
    [
        ("", NO_ADDRESS),
        ("hello", NO_ADDRESS),
        ("data:image/png;base64,@@", "The image's base64 text is damaged."),
        ("data:image/png;base64,AAAA", "The file is text, not an image"),
        (address(Image.new("L", (50, 50), 255)), "The drawing is empty"),
    ],
)
def test_the_api_says_what_is_wrong_with_the_image(app, image, sentence):
    answer = call_api(app, "digits", image)
    assert "event: error" in answer
    assert sentence in answer


def test_the_tab_is_an_mcp_tool(app):
    with urllib.request.urlopen(f"{app}/gradio_api/mcp/schema", timeout=20) as response:
        tools = json.load(response)
    assert [tool["name"] for tool in tools if "digit" in tool["description"].lower()]
