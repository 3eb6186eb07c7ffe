"""What stands between the app and the public network: limits, headers, and routes that are closed."""

from starlette.middleware import Middleware

from space.public.body_limit import BodyLimit
from space.public.closed_routes import ClosedRoutes
from space.public.mcp_host import McpHost
from space.public.security_headers import SecurityHeaders


def middleware() -> list[Middleware]:
    """In the order that a request passes them."""
    return [Middleware(SecurityHeaders), Middleware(ClosedRoutes), Middleware(McpHost), Middleware(BodyLimit)]
