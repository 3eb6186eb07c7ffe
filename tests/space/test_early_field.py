"""The field of Digits before the page is there: one draws on it at once, and the page takes the drawing over."""

import urllib.request

import pytest
from pen import draw
from playwright.sync_api import expect

from space.canvas.early import ELEMENT
from space.public.page_head import with_tags

ANSWER_MS = 30_000
HOST = f"#{ELEMENT}"
REAL, EARLY = "#digits-canvas canvas", f"{HOST} canvas"


def html(app, query):
    return urllib.request.urlopen(f"{app}/{query}", timeout=20).read().decode()


@pytest.mark.parametrize("query", ["", "?tab=digits", "?tab=digits&__theme=dark", "?utm_source=a"])
def test_the_field_comes_before_all_that_is_large(app, query):
    page = html(app, query)
    assert page.index(f'id="{ELEMENT}"') < page.index("</template>") < page.index("window.gradio_config") < 20_000
    head, _, body = page.partition("</head>")
    assert '<link rel="preload" as="style"' in head
    assert '<link rel="modulepreload"' in head
    assert "<script" not in head
    assert body.count("<gradio-app") == body.count("window.gradio_config = ") == 1


@pytest.mark.parametrize("query", ["?tab=flowers", "?tab=nothing", "?tab=digits&strokes=30-25.70-25", "?view=api"])
def test_a_page_that_shows_something_else_has_none(app, query):
    page = html(app, query)
    assert ELEMENT not in page
    assert page.index("window.gradio_config") < page.index("</head>")


def test_without_an_opening_scripts_stay_in_the_head():
    page = b'<head><meta charset="utf-8"><script>1</script><link rel="stylesheet" href="a.css"></head><body>x</body>'
    assert with_tags(page, b"T") == page.replace(b'utf-8">', b'utf-8">T')
    opened = with_tags(page, b"T", opening=b"<i>now</i>")
    assert (
        opened.index(b"T")
        < opened.index(b"</head>")
        < opened.index(b"<i>now</i>")
        < opened.index(b"<script>1</script>")
    )
    assert opened.endswith(b"x</body>")


@pytest.fixture
def held(new_page):
    """A page whose scripts wait until `held.let_go()`, and the query that it opens with."""
    page, waiting, is_open = new_page(), [], []
    page.route("**/assets/*.js", lambda route: route.continue_() if is_open else waiting.append(route))

    def let_go():
        is_open.append(True)
        while waiting:
            waiting.pop().continue_()

    page.let_go = let_go
    yield page
    page.close()


def test_what_was_drawn_early_is_answered_and_can_be_undone(app, held):
    held.goto(f"{app}/?tab=digits", wait_until="commit")
    draw(held, EARLY)
    expect(held.locator(f"{HOST} .hint")).to_be_hidden()
    held.let_go()
    expect(held.locator("#digits-answer .class")).to_have_text("7", timeout=ANSWER_MS)
    expect(held.locator(HOST)).to_have_count(0)
    held.locator("#digits-canvas .undo").click()
    expect(held.locator("#digits-canvas .hint")).to_be_visible()


def test_a_pen_that_is_down_keeps_its_field(app, held):
    held.goto(app, wait_until="commit")
    draw(held, EARLY, hold=True)
    held.let_go()
    expect(held.locator(REAL)).to_be_attached(timeout=ANSWER_MS)
    held.wait_for_timeout(300)
    expect(held.locator(EARLY)).to_be_visible()
    held.mouse.up()
    expect(held.locator("#digits-answer .class")).to_have_text("7", timeout=ANSWER_MS)
    expect(held.locator(HOST)).to_have_count(0)


def test_an_example_and_a_blank_field_are_taken_over(app, held):
    held.goto(f"{app}/?tab=digits", wait_until="commit")
    held.locator(f"{HOST} .example").nth(3).click()
    held.let_go()
    expect(held.locator("#digits-answer .class")).to_have_text("3", timeout=ANSWER_MS)
    held.reload()
    expect(held.locator(HOST)).to_have_count(0, timeout=ANSWER_MS)
    expect(held.locator("#digits-canvas .hint")).to_be_visible()


def test_the_page_waits_until_the_hand_has_come_to_rest(app, held):
    held.goto(f"{app}/?tab=digits", wait_until="commit")
    draw(held, EARLY, hold=True)
    held.let_go()
    expect(held.locator(REAL)).to_be_attached(timeout=ANSWER_MS)
    held.mouse.up()
    stayed = held.locator(HOST).evaluate(
        """async (host) => {
          const stayed = [];
          for (let touch = 0; touch < 5; touch++) {
            host.shadowRoot.querySelector(".field").click();
            await new Promise((done) => setTimeout(done, 300));
            stayed.push(host.isConnected);
          }
          return stayed;
        }"""
    )
    assert stayed == [True] * 5
    expect(held.locator(HOST)).to_have_count(0)


def test_a_field_that_is_left_in_the_middle_of_a_stroke_is_let_go(app, held):
    held.goto(f"{app}/?tab=digits", wait_until="commit")
    draw(held, EARLY, hold=True)
    held.let_go()
    expect(held.locator(REAL)).to_be_attached(timeout=ANSWER_MS)
    held.locator(EARLY).dispatch_event("pointercancel", {"pointerId": 1})
    expect(held.locator(HOST)).to_have_count(0)
    held.mouse.up()


def test_the_button_with_the_focus_keeps_it(app, held):
    held.goto(f"{app}/?tab=digits", wait_until="commit")
    held.locator(f"{HOST} .example").nth(3).focus()
    held.keyboard.press("Enter")
    held.let_go()
    expect(held.locator("#digits-canvas .example").nth(3)).to_be_focused(timeout=ANSWER_MS)


def test_a_page_that_does_not_come_says_so(app, new_page):
    page = new_page()
    page.route("**/assets/*.js", lambda route: route.abort())
    page.goto(app, wait_until="commit")
    expect(page.locator(f"{HOST} header p")).to_have_text("The page did not load. Reload it.", timeout=ANSWER_MS)
    page.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_is_as_light_or_dark_as_the_page(app, held, theme):
    held.goto(f"{app}/?tab=digits&__theme={theme}", wait_until="commit")
    ground = held.locator(HOST).evaluate("(host) => getComputedStyle(host).backgroundColor")
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(10, 15, 30)"}[theme]
    held.let_go()
    expect(held.locator(HOST)).to_have_count(0, timeout=ANSWER_MS)
