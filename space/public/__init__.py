"""What stands between the app and the public network: limits, headers, closed routes, and the page's head."""

from collections.abc import Mapping
from pathlib import Path

from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from space.public.body_limit import BodyLimit
from space.public.closed_routes import ClosedRoutes
from space.public.compressed import Compressed
from space.public.mcp_host import McpHost
from space.public.page_head import Head, PageHead
from space.public.security_headers import SecurityHeaders

FILES = Path(__file__).parent / "files"


def middleware(
    heads: Mapping[str, Head], style: str = "", openings: Mapping[str, str] | None = None
) -> list[Middleware]:
    """In the order that a request passes them; `heads`, `style` and `openings` are what PageHead takes."""
    return [
        Middleware(Compressed),
        Middleware(SecurityHeaders),
        Middleware(ClosedRoutes),
        Middleware(McpHost),
        Middleware(BodyLimit),
        Middleware(PageHead, heads=heads, style=style, openings=openings),
    ]


def routes() -> list[Mount]:
    """The icon and the picture of shared links."""
    return [Mount("/files", StaticFiles(directory=FILES))]
