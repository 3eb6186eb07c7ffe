"""The MCP server: Gradio's, with answers as JSON and pictures where it would send Python's repr."""

import json
from typing import Any

import gradio.mcp
from mcp.types import ImageContent, TextContent

PNG = "data:image/png;base64,"
Schema = dict[str, Any]


class McpServer(gradio.mcp.GradioMCPServer):
    """Tools bear the names of their endpoints, as `space.endpoints` names its functions."""

    def postprocess_output_data(self, data: Any, root_url: str) -> list[TextContent | ImageContent]:  # noqa: ARG002
        return [part for answer in data for part in content(answer)]

    def simplify_filedata_schema(self, schema: Schema) -> tuple[Schema, list[list[str | int]]]:
        """An image is text in a tool's schema: Gradio would write it into a file that stays."""
        texts = {
            name: {"type": "string", "description": one.get("description", "")} if "anyOf" in one else one
            for name, one in schema["properties"].items()
        }
        return schema | {"properties": texts}, []


def content(answer: Any) -> list[TextContent | ImageContent]:
    """Text as it is, anything else as JSON, and behind it the PNG data addresses among its values as pictures."""
    if isinstance(answer, str):
        return [TextContent(type="text", text=answer)]
    pictures = {}
    if isinstance(answer, dict):
        pictures = {name: one for name, one in answer.items() if isinstance(one, str) and one.startswith(PNG)}
        answer = {name: one for name, one in answer.items() if name not in pictures}
    text = json.dumps(answer, ensure_ascii=False)
    return [
        TextContent(type="text", text=text),
        *(ImageContent(type="image", data=one[len(PNG) :], mimeType="image/png") for one in pictures.values()),
    ]


def use_own_server() -> None:
    """Let Gradio make this server in place of its own, which it looks up by name when the page is launched."""
    setattr(gradio.mcp, "GradioMCPServer", McpServer)  # noqa: B010, as mypy lets no class be assigned
