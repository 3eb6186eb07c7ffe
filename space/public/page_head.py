"""What a page says of itself to search engines, chats and browser tabs, in place of Gradio's own words.

And what stands on it before Gradio's part of it has come.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from urllib.parse import quote

from gradio.route_utils import get_root_url
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ICON, PICTURE = "files/icon.svg", "files/share.png"
PICTURE_PX = (1200, 630)  # what Facebook, LinkedIn, Slack and X show whole
PICTURE_ALT = "A 7 drawn by hand in Fovea, the answer of LeNet-5, and the maps of its layers"
SITE = "Fovea"

GRADIO_S = re.compile(rb'\s*(?:<meta\s+(?:property|name)="(?:og|twitter):[^>]*>|<title>[^<]*</title>)')
START = re.compile(rb'<head[^>]*>(?:\s*<meta charset="[^"]*"\s*/?>)?')
END = b"</head>"
BODY = re.compile(rb"<body[^>]*>")
SHEET = re.compile(rb'<link rel="stylesheet"([^>]*)>')
MODULE = re.compile(rb'<script type="module"([^>]*) src=([^>]*)>')
SHOWS_MORE = {"strokes", "view"}  # an address with one of these asks for a drawing, or for Gradio's page on its API
SCRIPTS = [Path(__file__).with_name(name) for name in ("address.js", "print.js")]


@dataclass(frozen=True)
class Head:
    """`title` in a few words, `description` in a sentence or two."""

    title: str
    description: str


WHOLE = Head(
    "Fovea: see convolutional networks at work",
    "Draw a digit, show it a flower, or open any layer of AlexNet. Networks from LeNet-5 to the clinic answer and show "
    "where they looked.",
)


class PageHead:
    """Rewrites the head of the page at /, and puts SCRIPTS into it.

    `heads` holds the tabs by what stands in `?tab=`. Any other address gets WHOLE. `style` holds from the first
    paint on. `openings` are, for some of these tabs, what stands at the start of the body: a browser shows it while
    the rest is under way. The first tab opens by an address that names none.
    """

    def __init__(
        self, app: ASGIApp, heads: Mapping[str, Head], style: str = "", openings: Mapping[str, str] | None = None
    ) -> None:
        self.app = app
        self.heads = heads
        self.openings = openings or {}
        self.style = f"<style>{style}</style>"
        self.script = f"<script>{''.join(script.read_text() for script in SCRIPTS)}</script>".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        root = get_root_url(request, "/", scope.get("root_path"))
        asked = request.query_params.get("tab", "")
        tab = asked if asked in self.heads else ""
        tags = head_tags(self.heads.get(tab, WHOLE), root, f"{root}/?tab={quote(tab)}" if tab else f"{root}/")
        opening = self._opening(request).encode()
        await self.app(scope, receive, _Rewritten(send, (tags + self.style).encode(), self.script, opening).send)

    def _opening(self, request: Request) -> str:
        asked = request.query_params
        tab = asked.get("tab") or next(iter(self.heads), "")
        return self.openings.get(tab, "") if tab in self.heads and not SHOWS_MORE & set(asked) else ""


def head_tags(head: Head, root: str, address: str) -> str:
    """The tags of `head` for the page at `address` of the app at `root`."""
    width, height = PICTURE_PX
    about = {
        "og:title": head.title,
        "og:description": head.description,
        "og:type": "website",
        "og:site_name": SITE,
        "og:url": address,
        "og:image": f"{root}/{PICTURE}",
        "og:image:type": "image/png",
        "og:image:width": str(width),
        "og:image:height": str(height),
        "og:image:alt": PICTURE_ALT,
    }
    named = {
        "description": head.description,
        "twitter:card": "summary_large_image",
        "twitter:title": head.title,
        "twitter:description": head.description,
        "twitter:image": f"{root}/{PICTURE}",
        "twitter:image:alt": PICTURE_ALT,
    }
    return "\n".join(
        (
            "",
            f"<title>{escape(head.title)}</title>",
            *(f'<meta property="{key}" content="{escape(value)}">' for key, value in about.items()),
            *(f'<meta name="{key}" content="{escape(value)}">' for key, value in named.items()),
            f'<link rel="canonical" href="{escape(address)}">',
            f'<link rel="icon" type="image/svg+xml" href="{ICON}">',
        )
    )


def with_tags(html: bytes, tags: bytes, script: bytes = b"", opening: bytes = b"") -> bytes:
    """`html` with `tags` at the start of its head, without the tags there that say the same; `script` ends the head.

    With an `opening` the head ends before its first script: what follows, a megabyte, comes behind the opening. Style
    sheets still join the head, before those that Gradio adds to it, but nothing waits for them.
    """
    head, end, rest = html.partition(END)
    head = GRADIO_S.sub(b"", head)
    head = START.sub(lambda start: start[0] + tags, head, count=1) + script
    if not opening:
        return head + end + rest
    head, first, later = head.partition(b"<script")
    early = b"".join(b'<link rel="preload" as="style"%b>' % sheet[1] for sheet in SHEET.finditer(later))
    early += b"".join(b'<link rel="modulepreload"%b href=%b>' % (each[1], each[2]) for each in MODULE.finditer(later))
    later = SHEET.sub(
        lambda sheet: b"<script>document.head.insertAdjacentHTML('beforeend', '%b')</script>" % sheet[0], later
    )
    return head + early + end + BODY.sub(lambda body: body[0] + opening + first + later, rest, count=1)


class _Rewritten:
    """One answer on its way: HTML is held until it is whole, since its length changes."""

    def __init__(self, send: Send, tags: bytes, script: bytes, opening: bytes) -> None:
        self._send = send
        self._tags = tags
        self._script = script
        self._opening = opening
        self._start: Message = {}
        self._body = bytearray()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = Headers(raw=message["headers"])
            if headers.get("content-type", "").startswith("text/html") and "content-encoding" not in headers:
                self._start = message
                return
            await self._send(message)
        elif self._start and message["type"] == "http.response.body":
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                html = with_tags(bytes(self._body), self._tags, self._script, self._opening)
                MutableHeaders(raw=self._start["headers"])["Content-Length"] = str(len(html))
                await self._send(self._start)
                await self._send({"type": "http.response.body", "body": html})
        else:
            await self._send(message)
