"""The page, whose every failure has a sentence: of most exceptions Gradio tells its callers nothing."""

from collections.abc import Mapping
from typing import Any

import gradio as gr
from gradio.block_function import BlockFunction
from gradio.exceptions import InvalidPathError

from space.public.page_head import Head

NOT_UPLOADED = "The file was not uploaded to this app. Upload it first."
OUR_FAULT = "The app failed to answer. The fault is not in what you sent. Please try again."


class Page(gr.Blocks):
    """A page, an API and MCP in one, as Gradio's. `heads` are the tabs as links name them."""

    def __init__(self, heads: Mapping[str, Head], **options: Any) -> None:
        super().__init__(**options)
        self.heads = heads

    def validate_inputs(self, block_fn: BlockFunction, inputs: list[Any]) -> None:
        """Raises gr.Error where arguments are missing."""
        wanted = len(block_fn.inputs)
        if len(inputs) < wanted:
            sent = f"{len(inputs)} came" if inputs else "none came"
            count = "1 argument" if wanted == 1 else f"{wanted} arguments"
            raise gr.Error(f"The endpoint takes {count}, and {sent}.", print_exception=False)

    async def process_api(self, *arguments: Any, **named: Any) -> dict[str, Any]:
        """Raises gr.Error, whatever went wrong. What is our fault is printed."""
        try:
            return await super().process_api(*arguments, **named)
        except gr.Error:
            raise
        except InvalidPathError as error:
            raise gr.Error(NOT_UPLOADED, print_exception=False) from error
        except Exception as error:
            raise gr.Error(OUR_FAULT) from error
