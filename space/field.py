"""Fields whose files are read by our own code, whatever becomes of the field."""

from abc import ABCMeta
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import gradio as gr

from space.uploads import check_is_no_address

Field = TypeVar("Field", bound=gr.components.Component)


def field_class(kind: type[Field], preprocess: Callable[[Any], bytes | None]) -> type[Field]:
    """`kind`, whose value is what `preprocess` makes of its payload, and which fetches no address.

    A method that is replaced on an instance would not last: Gradio makes a new instance for each session that clicks an
    example.
    """

    def read(_self: Field, payload: Any) -> bytes | None:
        return preprocess(payload)

    async def move(self: Field, place: str | Path | None) -> str | None:
        check_is_no_address(place)
        return await kind.async_move_resource_to_block_cache(self, place)

    methods = {"preprocess": read, "async_move_resource_to_block_cache": move, "__module__": kind.__module__}
    # Gradio's own metaclass would write a stub file beside this one.
    made: type[Field] = ABCMeta.__new__(type(kind), kind.__name__, (kind,), methods)
    return made
