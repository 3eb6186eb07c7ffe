"""How a tab answers on the page, and what stands there instead where it cannot."""

import functools
import inspect
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import gradio as gr

from fovea import FoveaError

CONCURRENT = 4
NO_REPLY = "The app did not answer. Please try again."

Views = str | tuple[str, ...]


def answer_when(
    event: Callable[..., Any],
    read: Callable[..., Any],
    inputs: gr.components.Component | list[gr.components.Component],
    views: Sequence[gr.components.Component],
    blank: Callable[[str], Views],
    **options: Any,
) -> None:
    """Fill `views` by `read` at each `event`; a failure fills them with `blank(reason)`, so no old answer stays.

    `read` is a function or a generator and raises FoveaError. Of whatever else fails (a full queue, an error of ours)
    only the page hears, so its blank views are there beforehand.
    """
    private = {"api_visibility": "private"}
    answered = event(or_blank(read, blank), inputs, views, concurrency_limit=CONCURRENT, **private, **options)
    no_reply = blank(NO_REPLY)
    values = json.dumps([no_reply] if isinstance(no_reply, str) else no_reply)
    answered.failure(None, None, views, js=f"() => {values}", show_progress="hidden", **private)


def or_blank(read: Callable[..., Any], blank: Callable[[str], Views]) -> Callable[..., Any]:
    """`read`, which gives the views of `blank(reason)` where it would raise FoveaError."""

    @functools.wraps(read)
    def answered(*inputs: Any) -> Any:
        try:
            return read(*inputs)
        except FoveaError as error:
            return blank(str(error))

    @functools.wraps(read)
    def answered_in_turn(*inputs: Any) -> Iterator[Any]:
        try:
            yield from read(*inputs)
        except FoveaError as error:
            yield blank(str(error))

    return answered_in_turn if inspect.isgeneratorfunction(read) else answered
