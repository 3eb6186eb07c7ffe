"""The MCP server answers only to hosts it is known by: a web page cannot reach it through a name that it rebinds.

https://modelcontextprotocol.io/specification/2025-06-18/basic/transports#security-warning
"""

import ipaddress
import os

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from space.public.closed_routes import API

MCP = f"{API}/mcp"
HOSTS_VARIABLE = "FOVEA_MCP_HOSTS"
SPACE_VARIABLE = "SPACE_HOST"  # set by the Hub: the Space's own name


class McpHost:
    """Answers 421 to a request for MCP whose Host is no IP address, no localhost and in neither variable.

    An address cannot be rebound, only a name. FOVEA_MCP_HOSTS lists further names, divided by commas.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        listed = f"localhost,{os.environ.get(SPACE_VARIABLE, '')},{os.environ.get(HOSTS_VARIABLE, '')}"
        self.names = {name.strip().lower() for name in listed.split(",") if name.strip()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(MCP):
            hosts = Headers(scope=scope).getlist("host")
            if len(hosts) != 1 or not self._is_known(hosts[0]):
                sentence = f"Unknown host. To reach MCP by this name, add it to {HOSTS_VARIABLE}."
                await PlainTextResponse(sentence, 421)(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _is_known(self, host: str) -> bool:
        """`host` is a name or an address, with or without a port."""
        name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0].lower()
        if name in self.names:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True
