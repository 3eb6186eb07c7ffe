"""What a browser may do with the app's answers: whose scripts run, where data may go, who may frame the page."""

import base64
import hashlib
import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Gradio compiles the scripts of events and components with `new Function`, and Svelte sets style attributes. In a Space
# the page asks the Hub whether the Space runs.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-eval' {hashes}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; manifest-src 'self'; "
    "connect-src 'self' https://huggingface.co/api/spaces/; base-uri 'self'; form-action 'none'; "
    "frame-ancestors 'self' https://huggingface.co"
)
FILE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), payment=(), usb=()",
}
INLINE_SCRIPT = re.compile(rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)


class SecurityHeaders:
    """Adds the headers to every answer. Of a page it lets run the inline scripts that stand in it, by their hashes."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        page = _Page(send)
        await self.app(scope, receive, page.send)


class _Page:
    """One answer on its way: HTML is held until it is whole, since its header names what is in it."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message = {}
        self._body = bytearray()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            if Headers(raw=message["headers"]).get("content-type", "").startswith("text/html"):
                self._start = message
                return
            await self._send(_with_headers(message, FILE_POLICY))
        elif self._start and message["type"] == "http.response.body":
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._send(_with_headers(self._start, page_policy(bytes(self._body))))
                await self._send({"type": "http.response.body", "body": bytes(self._body)})
        else:
            await self._send(message)


def page_policy(html: bytes) -> str:
    """The policy of a page, with the hash of each inline script in it."""
    digests = (hashlib.sha256(script).digest() for script in INLINE_SCRIPT.findall(html))
    return PAGE_POLICY.format(hashes=" ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests))


def _with_headers(start: Message, policy: str) -> Message:
    start.setdefault("headers", [])
    headers = MutableHeaders(scope=start)
    headers.update(ALWAYS | {"Content-Security-Policy": policy})
    return start
