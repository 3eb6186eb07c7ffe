"""What programs can call: every endpoint is an MCP tool too, and all that classify take and give the same."""

import functools
import inspect
import re
from collections.abc import Callable
from typing import Any

import gradio as gr
from gradio.data_classes import FileData
from gradio.events import api

from fovea import FoveaError, Model, SettingError
from fovea.kinds import read_formats
from space.decoding import read_upload
from space.events import CONCURRENT
from space.sent_images import read_sent

MAX_NAME_CHARS = 100
SENT = 'an uploaded file or its address, or a base64 data address ("data:image/png;base64,...").'
PHOTO = f"a {read_formats()} file"
FILM = f"a {read_formats(channels=1)} file"

# what `Prediction.as_dict` gives, for a reader who knows nothing of it
ANSWER = (
    '"decision": one of the classes, or "abstain" where the model gives no answer. '
    '"reasons": why it abstains, "unsure", "unlike_training" or "other_finding". '
    '"probabilities": a number in 0..1 for each class, the largest first. '
    '"ood_score", where the model has one: from 1 on the image is unlike the training images. '
    '"other_finding", where the model has one: from 1 on it may show something other than the classes. '
    '"warnings": sentences on what the file leaves open.'
)
# as Gradio reads a docstring
DESCRIPTION = """{purpose}

Args:
    image: {kind}. Send {sent}

Returns:
    {answer}
"""


def endpoint(function: Callable[..., Any], api_name: str) -> None:
    """Offer `function` under its docstring; its FoveaError is the caller's error, with the reason.

    `image` is what `read_sent` reads; every other argument is a short text.
    """
    names = tuple(inspect.signature(function).parameters)

    @functools.wraps(function)
    def answered(*inputs: Any, **named: Any) -> Any:
        try:
            _check_texts(dict(zip(names, inputs, strict=False)) | named)
            return function(*inputs, **named)
        except FoveaError as error:
            raise gr.Error(str(error), print_exception=False) from error

    answered.__name__ = api_name  # the name of the MCP tool
    answered.__doc__ = unwrapped(function.__doc__ or "")
    api(answered, api_name=api_name, concurrency_limit=CONCURRENT)


def unwrapped(docstring: str) -> str:
    """`docstring` with each argument, and what is returned, on one line: Gradio reads no further."""
    head, returns, said = inspect.cleandoc(docstring).partition("Returns:\n")
    return re.sub(r"\n {8,}", " ", head) + returns + " ".join(said.split())


def _check_texts(arguments: dict[str, Any]) -> None:
    for name, value in arguments.items():
        if name == "image":
            continue
        if not isinstance(value, str):
            raise SettingError(f"The argument {name} is not text.")
        if len(value) > MAX_NAME_CHARS:
            raise SettingError(f"The argument {name} has {len(value):,} characters. Send at most {MAX_NAME_CHARS}.")


def classifying_endpoint(
    classify: Callable[[bytes], dict[str, Any]],
    api_name: str,
    purpose: str,
    answer: str = ANSWER,
    kind: str = PHOTO,
) -> None:
    """Offer `classify`, which answers the bytes of an image file.

    `purpose` says what it does, `answer` what it gives and `kind` which files it reads, each in whole words for a
    stranger. An uploaded FILM is deleted once it is read.
    """

    def classify_image(image: FileData | str) -> dict[str, Any]:
        return classify(read_sent(image, is_private=kind == FILM))

    classify_image.__doc__ = DESCRIPTION.format(purpose=purpose, kind=kind, sent=SENT, answer=answer)
    endpoint(classify_image, api_name)


def model_endpoint(model: Model, api_name: str, purpose: str, kind: str = PHOTO) -> None:
    """Offer `model` alone, as `classifying_endpoint` does."""

    def classify(content: bytes) -> dict[str, Any]:
        return model.predict(read_upload(content, model.spec.channels)).as_dict()

    classifying_endpoint(classify, api_name, purpose, kind=kind)
