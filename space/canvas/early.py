"""The field of Digits at the first paint: one draws while the page is on its way, which takes the drawing over.

It stands in a shadow root, so that its style and the page's leave each other alone.
"""

import json

from space.canvas import FOLDER, field_html, script
from space.strokes import FIELD_PX, PEN_PX

SCRIPTS = ("strokes", "pointers", "tools", "early")
ELEMENT = "early-drawing"
SAID = "Draw a digit while the rest of the page loads."
# what Gradio gives the scripts of a component, and the theme that the address or the system asks for
AROUND = """(() => {
const host = document.getElementById(%s), element = host.shadowRoot;
if (!element) return host.remove(); // a browser that cannot do it waits for the page
const asked = new URLSearchParams(location.search).get("__theme");
const isDark = asked === "dark" || (asked !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
host.classList.toggle("dark", isDark);
const props = %s, trigger = () => {};
%s})();"""


def early_field() -> str:
    """What stands at the start of the body."""
    styles = "".join((FOLDER / name).read_text() for name in ("canvas.css", "early.css"))
    props = json.dumps({"field_px": FIELD_PX, "pen_px": PEN_PX})
    return (
        f"<noscript><style>#{ELEMENT} {{ display: none }}</style></noscript>"
        f'<div id="{ELEMENT}" role="region" aria-label="Drawing field"><template shadowrootmode="open">'
        f"<style>{styles}</style><header><h1>Fovea</h1><p>{SAID}</p></header>{field_html()}</template></div>"
        f"<script>{AROUND % (json.dumps(ELEMENT), props, script(SCRIPTS))}</script>"
    )
