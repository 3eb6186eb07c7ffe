"""What the browser is told: the app works on every tab without one violation, and only the Hub may frame it."""

import re
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import expect

from space.public.security_headers import page_policy

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "space" / "examples"
ANSWER_MS = 30_000


def headers_of(address):
    with urllib.request.urlopen(address, timeout=20) as response:
        return response.headers


def upload(page, field, path):
    page.locator(f"#{field} input[type=file]").set_input_files(path)


def use_digits(page):
    page.locator("#digits-canvas .example").first.click()
    expect(page.locator("#digits-layers img").first).to_be_visible(timeout=ANSWER_MS)


def use_flowers(page):
    upload(page, "model-flowers-photo", EXAMPLES / "flowers" / "dahlia.jpg")
    expect(page.locator("#model-flowers-answer .fovea-bars")).to_have_count(1, timeout=ANSWER_MS)
    shown = page.locator("#model-flowers-photo img").first
    expect(shown).not_to_have_js_property("naturalWidth", 0, timeout=ANSWER_MS)


def use_objects(page):
    page.locator(".fovea-examples button:visible").first.click()
    expect(page.locator("#objects-answer .fovea-bars").first).to_be_visible(timeout=ANSWER_MS)


def use_feature_maps(page):
    viewer = page.locator("#feature-maps-viewer")
    upload(page, "feature-maps-photo", EXAMPLES / "feature_maps" / "flower.jpg")
    expect(viewer.locator("canvas.grid[data-image=flower]")).to_be_visible(timeout=ANSWER_MS)
    with page.expect_download() as started:
        viewer.get_by_role("button", name="PNG").first.click()
    assert started.value.suggested_filename.endswith(".png")


def use_chest_x_ray(page):
    upload(page, "chest-film", EXAMPLES / "chest_xray" / "phantom.dcm")
    expect(page.locator("#chest-look .overlay")).to_have_count(1, timeout=ANSWER_MS)
    page.locator("#chest-look input.width").fill("500")


def use_compare(page):
    expect(page.locator("svg:visible, table:visible").first).to_be_visible(timeout=ANSWER_MS)


USES = {
    "Digits": use_digits,
    "Flowers": use_flowers,
    "Objects": use_objects,
    "Feature maps": use_feature_maps,
    "Chest X-ray": use_chest_x_ray,
    "Compare": use_compare,
}


@pytest.mark.parametrize("tab", USES)
def test_a_tab_works_without_an_error_in_the_console(app, new_page, tab):
    page = new_page()
    errors = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{app}/?tab={tab.lower().replace(' ', '-')}")
    page.get_by_role("tab", name=tab).click()
    USES[tab](page)
    page.close()
    assert errors == []


def test_a_script_that_is_not_the_page_s_does_not_run(app, browser):
    page = browser.new_page()
    page.goto(app)
    expect(page.locator("#introduction")).to_be_visible(timeout=ANSWER_MS)
    page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "window.injected = 1";
          document.body.append(script);
          document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='window.injected = 2'>");
        }"""
    )
    page.wait_for_timeout(500)
    assert page.evaluate("window.injected") is None
    assert page.evaluate("fetch('https://example.org').then(() => 'sent', () => 'blocked')") == "blocked"
    page.close()


class _Framing(BaseHTTPRequestHandler):
    def do_GET(self):
        body = f'<iframe src="{self.server.framed}" width="900" height="700"></iframe>'.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def test_a_stranger_s_page_cannot_frame_the_app(app, browser):
    with ThreadingHTTPServer(("127.0.0.1", 0), _Framing) as server:
        server.framed = app
        Thread(target=server.serve_forever, daemon=True).start()
        page = browser.new_page()
        refused = []
        page.on("console", lambda message: refused.append(message.text))
        page.goto(f"http://localhost:{server.server_address[1]}")
        page.wait_for_timeout(1000)
        assert any("frame-ancestors 'self' https://huggingface.co" in text for text in refused)
        page.close()
        server.shutdown()


def test_the_hub_can_frame_the_app(app, browser):
    """The names are the Hub's, and what it would answer comes from here: its page, its API and its proxy."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    errors = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    html = '<iframe src="https://owner-fovea.hf.space/" width="1200" height="850"></iframe>'
    running = {"id": "owner/fovea", "subdomain": "owner-fovea", "runtime": {"stage": "RUNNING"}}
    allowed = {"Access-Control-Allow-Origin": "*"}
    page.route("https://huggingface.co/spaces/**", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.route("https://huggingface.co/api/**", lambda route: route.fulfill(json=running, headers=allowed))

    def forward(route):
        if "/heartbeat/" in route.request.url:  # a stream without an end
            route.fulfill(body="", content_type="text/event-stream")
            return
        url = route.request.url.replace("https://owner-fovea.hf.space", app)
        forwarded = {"x-forwarded-host": "owner-fovea.hf.space", "x-forwarded-proto": "https"}
        route.fulfill(response=route.fetch(url=url, headers=route.request.headers | forwarded))

    page.route("https://owner-fovea.hf.space/**", forward)
    page.goto("https://huggingface.co/spaces/owner/fovea")
    app_page = page.frame_locator("iframe")
    app_page.locator("#digits-canvas .example").first.click(timeout=ANSWER_MS)
    expect(app_page.locator("#digits-layers img").first).to_be_visible(timeout=ANSWER_MS)
    page.unroute_all(behavior="ignoreErrors")
    page.close()
    assert errors == []


def test_every_answer_tells_the_browser_to_guess_no_type(app):
    example = EXAMPLES / "flowers" / "dahlia.jpg"
    for path in ("/", "/config", "/theme.css", f"/gradio_api/file={example}", "/gradio_api/info"):
        headers = headers_of(app + path)
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert "X-Frame-Options" not in headers  # it knows no origins, and the Hub frames the page
    assert "sandbox" in headers_of(f"{app}/gradio_api/file={example}")["Content-Security-Policy"]


@pytest.mark.parametrize(("query", "count"), [("?tab=flowers", 6), ("", 8)])  # the early field brings two
def test_the_policy_allows_no_inline_script_but_those_of_the_page(app, query, count):
    policy = headers_of(f"{app}/{query}")["Content-Security-Policy"]
    (scripts,) = re.findall(r"script-src ([^;]*);", policy)
    assert "unsafe-inline" not in scripts
    assert scripts.count("'sha256-") == count


def test_the_hash_is_that_of_the_script_s_text():
    # printf 'a()' | openssl dgst -sha256 -binary | base64
    policy = page_policy(b'<script data-x>a()</script><script type="module" src="b.js"></script>')
    assert "'unsafe-eval' 'sha256-qVpDBgj7bpq5hMAcGp3AOc79J3Y1Z4HvySTwKrWDoy4='; style-src" in policy
