"""Every tab with an answer in it, judged by axe-core in light and dark: nothing serious, nothing critical."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
ANSWER_MS = 60_000
EXAMPLE = ".fovea-examples button:visible"
# each tab as its address names it: what is clicked, and what stands there when the answer has come
TABS = {
    "digits": ("#digits-canvas .example", "#digits-steps img"),
    "flowers": (EXAMPLE, "#model-flowers-look .heat"),
    "objects": (EXAMPLE, "#objects_inception_v3-look .heat"),
    "feature-maps": (EXAMPLE, "#feature-maps-viewer canvas.grid[data-image]"),
    "feature-maps&cell=40&beside=flower": (
        "",
        "#feature-maps-viewer:has(.beside-pair:not([hidden])) .place:enabled",
    ),
    "chest-x-ray": ("", "#chest-answer"),
    "compare": ("", ".fovea-figure svg"),
}
# An answer is faded while it is on its way, and fades in for a moment after it.
SETTLED = """() => !document.querySelector(".pending")
  && document.getAnimations().every((animation) => !(animation instanceof CSSTransition))"""
# the upload button of gr.File is Gradio's: its name is not its text
SERIOUS = """async () => {
  const { violations } = await axe.run({ exclude: ["button.upload-container"] }, { resultTypes: ["violations"] });
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`));
}"""


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is missing: `npm install` puts it into node_modules")
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_tab_has_a_serious_fault(app, new_page, theme):
    page = new_page()
    found = {}
    for tab, (clicked, answered) in TABS.items():
        page.goto(f"{app}/?tab={tab}&__theme={theme}")
        expect(page.locator("#introduction")).to_be_visible(timeout=ANSWER_MS)
        if clicked:
            page.locator(clicked).first.click(timeout=ANSWER_MS)
        expect(page.locator(answered).first).to_be_attached(timeout=ANSWER_MS)
        page.evaluate(AXE.read_text())
        found[tab] = serious(page)
    page.close()
    assert not any(found.values()), found


def serious(page: Page) -> list[str]:
    """What axe finds on the page as it stands still: an answer that comes while it looks makes it look again."""
    while True:
        page.wait_for_function(SETTLED, timeout=ANSWER_MS)
        found: list[str] = page.evaluate(SERIOUS)
        if page.evaluate(SETTLED):
            return found
