"""The page and its description go compressed: they are hundreds of kilobytes of text. Nothing else is touched.

Gradio compresses by the ending of a file's name, and these have none. Streams of events stay as they are: a compressor
would hold them back.
"""

from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

PATHS = ("/", "/config", "/gradio_api/info")
LEVEL = 6  # 9 takes no percent off this page


class Compressed:
    """Answers under PATHS by gzip, where the client takes it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.gzipped = GZipMiddleware(app, compresslevel=LEVEL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_text = scope["type"] == "http" and scope["path"] in PATHS
        await (self.gzipped if is_text else self.app)(scope, receive, send)
