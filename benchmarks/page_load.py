"""One visit to a tab in Chromium: what it takes over the line, when it shows something, and how far it moves."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, Page

from fovea.listing import either

WAIT_MS = 120_000
STILL_MS = 1000  # after an answer, in which late pictures may still move the page
TRY_MS = 50

# A shift within half a second of a click is what the click asked for, and does not count (web.dev/articles/cls).
# What counts is the worst burst: shifts less than a second apart, over at most five seconds.
WATCH = """
window.seen = { fcp: 0, lcp: 0, cls: 0, moved: [] };
let burst = 0, began = 0, last = 0;
new PerformanceObserver((list) => {
  for (const { startTime } of list.getEntriesByName("first-contentful-paint")) seen.fcp = startTime;
}).observe({ type: "paint", buffered: true });
new PerformanceObserver((list) => {
  for (const { startTime } of list.getEntries()) seen.lcp = startTime;
}).observe({ type: "largest-contentful-paint", buffered: true });
new PerformanceObserver((list) => {
  for (const { value, startTime, hadRecentInput, sources } of list.getEntries()) {
    if (hadRecentInput) continue;
    if (startTime - last > 1000 || startTime - began > 5000) { burst = 0; began = startTime; }
    burst += value;
    last = startTime;
    seen.cls = Math.max(seen.cls, burst);
    const named = (node) => node?.id || node?.className || node?.nodeName || "";
    seen.moved.push([value, ...new Set(sources.map(({ node }) => named(node)))].join(" "));
  }
}).observe({ type: "layout-shift", buffered: true });
"""
FIELD = "#early-drawing canvas, #digits-canvas canvas"  # the first stands there before the page does
DRAWS = """() => {
  const roots = [document.querySelector("#early-drawing")?.shadowRoot, document.querySelector("#digits-canvas")];
  return roots.some((root) => root?.querySelector(".hint")?.hidden) ? performance.now() : 0;
}"""


@dataclass(frozen=True)
class Setting:
    """`bytes_per_second` down and up, and `latency_ms`; None for no throttling. `slower` divides the processor."""

    name: str
    width: int
    height: int
    line: tuple[float, float, float] | None = None
    slower: int = 1


PHONE = Setting("phone", 390, 844, (1.6e6 / 8, 750e3 / 8, 150), 4)  # Lighthouse's slow 4G
DESKTOP = Setting("desktop", 1280, 900)
SETTINGS = (PHONE, DESKTOP)


@dataclass(frozen=True)
class Tab:
    """`clicked` is its first example, and `answered` is there when the answer has come; "" for none."""

    link: str
    title: str
    clicked: str
    answered: str


EXAMPLE = ".fovea-examples:visible button"
TABS = (
    Tab("digits", "Digits", "#digits-canvas .example", "#digits-steps img"),
    Tab("flowers", "Flowers", EXAMPLE, "#model-flowers-look .heat"),
    Tab("objects", "Objects", EXAMPLE, "#objects_inception_v3-look .heat"),
    Tab("feature-maps", "Feature maps", EXAMPLE, "#feature-maps-viewer canvas.grid[data-image]"),
    Tab("chest-x-ray", "Chest X-ray", "#chest-examples button", "#chest-look .stack"),
    Tab("compare", "Compare", "", "#compare-curves-1 svg[role=img]"),
    Tab("lessons", "Lessons", "#lessons article:visible .predict-first li button", "#lessons [aria-pressed=true]"),
)


def tabs_called(only: Sequence[str]) -> list[Tab]:
    """Those that links call so, all for none. Raises SystemExit where there is no such tab."""
    links = [tab.link for tab in TABS]
    if unknown := [link for link in only if link not in links]:
        raise SystemExit(f"There is no tab {unknown[0]}. Choose {either(links)}.")
    return [tab for tab in TABS if tab.link in (only or links)]


@dataclass(frozen=True)
class Visit:
    """Times in ms from the start of the navigation; `moved` are the single shifts and what moved."""

    bytes: int
    requests: int
    fcp_ms: float
    lcp_ms: float
    cls: float
    moved: tuple[str, ...] = ()


def visit(browser: Browser, address: str, tab: Tab, setting: Setting) -> Visit:
    """Open `tab` for the first time, click its first example, and wait for the answer."""
    with opened(browser, setting) as (page, traffic):
        page.goto(f"{address}?tab={tab.link}", timeout=WAIT_MS)
        answer_first(page, tab)
        seen = page.evaluate("() => window.seen")
        return Visit(traffic["bytes"], traffic["requests"], seen["fcp"], seen["lcp"], seen["cls"], tuple(seen["moved"]))


def answer_first(page: Page, tab: Tab) -> None:
    """Click the first example of the tab that is open, and wait until its answer has come to rest."""
    if tab.clicked:
        page.wait_for_selector(tab.clicked, timeout=WAIT_MS)
        page.wait_for_timeout(STILL_MS)
        page.locator(tab.clicked).first.click(timeout=WAIT_MS)
    page.wait_for_selector(tab.answered, state="attached", timeout=WAIT_MS)
    page.wait_for_timeout(STILL_MS)


def first_drawing_ms(browser: Browser, address: str, setting: Setting) -> float:
    """From the start of the navigation until a tap on the field of Digits leaves its mark."""
    with opened(browser, setting) as (page, _traffic):
        page.goto(f"{address}?tab=digits", timeout=WAIT_MS, wait_until="commit")
        field = page.locator(FIELD).first
        field.wait_for(timeout=WAIT_MS)
        for _ in range(WAIT_MS // TRY_MS):
            box = field.bounding_box()
            if box is not None:
                page.mouse.click(box["x"] + box["width"] / 2, box["y"] + min(box["height"] / 2, 60))
            if at := page.evaluate(DRAWS):
                return float(at)
            page.wait_for_timeout(TRY_MS)
    raise SystemExit("Nobody can draw on Digits.")


@contextmanager
def opened(browser: Browser, setting: Setting) -> Iterator[tuple[Page, dict[str, int]]]:
    """A page of a new reader, and what went over the line."""
    context = browser.new_context(viewport={"width": setting.width, "height": setting.height})
    page = context.new_page()
    page.add_init_script(WATCH)
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    if setting.line is not None:
        down, up, latency = setting.line
        line = {"offline": False, "downloadThroughput": down, "uploadThroughput": up, "latency": latency}
        session.send("Network.emulateNetworkConditions", line)
    session.send("Emulation.setCPUThrottlingRate", {"rate": setting.slower})
    traffic = {"bytes": 0, "requests": 0}
    under_way: dict[str, int] = {}  # an answer comes in a stream that stays open

    def asked(event: dict[str, Any]) -> None:
        traffic["requests"] += not event["request"]["url"].startswith(("data:", "blob:"))

    def comes(event: dict[str, Any]) -> None:
        under_way[event["requestId"]] = under_way.get(event["requestId"], 0) + event["encodedDataLength"]
        traffic["bytes"] += event["encodedDataLength"]

    def came(event: dict[str, Any]) -> None:
        traffic["bytes"] += round(event["encodedDataLength"]) - under_way.pop(event["requestId"], 0)

    session.on("Network.requestWillBeSent", asked)
    session.on("Network.dataReceived", comes)
    session.on("Network.loadingFinished", came)
    yield page, traffic
    context.close()
