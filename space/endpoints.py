"""What programs can call: every endpoint is an MCP tool too, and all that classify take and give the same."""

import functools
import inspect
from collections.abc import Callable
from typing import Any

import gradio as gr
from gradio.events import api

from fovea import FoveaError, Model, SettingError
from fovea.kinds import read_formats
from space.decoding import read_upload
from space.events import CONCURRENT
from space.pictures import read_address

MAX_NAME_CHARS = 100
PHOTO = f"a {read_formats()} file"
FILM = f"a {read_formats(channels=1)} file"

# what `Prediction.as_dict` gives, for a reader who knows nothing of it
ANSWER = (
    '"decision": one of the classes, or "abstain" where the model gives no answer. '
    '"reasons": why it abstains, "unsure" or "unlike_training". '
    '"probabilities": a number in 0..1 for each class, the largest first. '
    '"ood_score", where the model has one: from 1 on the image is unlike the training images. '
    '"warnings": sentences on what the file leaves open.'
)
# as Gradio reads a docstring
DESCRIPTION = """{purpose}

Args:
    image: {kind} as a base64 data address ("data:image/png;base64,...").

Returns:
    {answer}
"""


def endpoint(function: Callable[..., Any], api_name: str) -> None:
    """Offer `function` under its docstring; its FoveaError is the caller's error, with the reason.

    `image` is an address, whose length `read_address` checks; every other argument is a short text.
    """
    names = tuple(inspect.signature(function).parameters)

    @functools.wraps(function)
    def answered(*inputs: Any, **named: Any) -> Any:
        try:
            _check_texts(dict(zip(names, inputs, strict=False)) | named)
            return function(*inputs, **named)
        except FoveaError as error:
            raise gr.Error(str(error), print_exception=False) from error

    api(answered, api_name=api_name, concurrency_limit=CONCURRENT)


def _check_texts(arguments: dict[str, Any]) -> None:
    for name, value in arguments.items():
        if name == "image":
            continue
        if not isinstance(value, str):
            raise SettingError(f"The argument {name} is not text.")
        if len(value) > MAX_NAME_CHARS:
            raise SettingError(f"The argument {name} has {len(value):,} characters. Send at most {MAX_NAME_CHARS}.")


def classifying_endpoint(
    classify: Callable[[bytes], dict[str, Any]], api_name: str, purpose: str, answer: str = ANSWER, kind: str = PHOTO
) -> None:
    """Offer `classify`, which answers the bytes of an image file.

    `purpose` says what it does, `answer` what it gives and `kind` which files it reads, each in whole words for a
    stranger.
    """

    def classify_image(image: str) -> dict[str, Any]:
        return classify(read_address(image))

    classify_image.__name__ = f"classify_{api_name}"  # the name of the MCP tool
    classify_image.__doc__ = DESCRIPTION.format(purpose=purpose, kind=kind, answer=answer)
    endpoint(classify_image, api_name)


def model_endpoint(model: Model, api_name: str, purpose: str, kind: str = PHOTO) -> None:
    """Offer `model` alone, as `classifying_endpoint` does."""

    def classify(content: bytes) -> dict[str, Any]:
        return model.predict(read_upload(content, model.spec.channels)).as_dict()

    classifying_endpoint(classify, api_name, purpose, kind=kind)
