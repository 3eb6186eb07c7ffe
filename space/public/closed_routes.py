"""Routes of Gradio that the app does not use and that a stranger could misuse: they answer 404."""

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

API = "/gradio_api"
CLOSED = tuple(
    f"{API}/{route}"
    for route in (
        "deep_link",  # writes the state of a session to disk
        "file=http:",  # fetches any public address for its caller
        "file=https:",
        "process_recording",  # writes a video to disk and runs ffmpeg
        "proxy=",
        "run-history",  # writes to a bucket on the Hub
        "runs",
        "stream",
        "undo-vibe-edit",  # writes source code
        "vibe-",
    )
)


class ClosedRoutes:
    """Answers 404 to what begins with one of CLOSED."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].lower().startswith(CLOSED):
            await PlainTextResponse("Not found.", 404)(scope, receive, send)
            return
        await self.app(scope, receive, send)
