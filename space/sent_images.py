"""The image that a program sends: an uploaded file, or text."""

from pathlib import Path
from urllib.parse import unquote

from gradio_client.utils import is_file_obj_with_meta, is_http_url_like

from fovea import UnreadableImageError
from space.pictures import read_address
from space.uploads import delete, is_upload

FILE_ROUTE = "/gradio_api/file="
GONE = "The file is no longer on the server. Upload it again."
NO_FETCHING = "The app fetches no addresses. Upload the file, or send it as a data address."


def read_sent(image: object, *, is_private: bool = False) -> bytes:
    """The bytes of `image`: an upload as gradio_client names it, the address of one in this app, or a data address.

    A private upload is deleted, others go at their age: a class that sends the same file shares one copy.
    Raises ImageTooLargeError and UnreadableImageError.
    """
    path = _uploaded(image)
    if path is None:
        return read_address(image)
    try:
        content = path.read_bytes()
    except OSError as error:  # it was deleted, at its age or by another reader
        raise UnreadableImageError(GONE) from error
    if is_private:
        delete(path)
    return content


def _uploaded(image: object) -> Path | None:
    """Where the upload lies that `image` names, None where it names none."""
    if isinstance(image, dict) and is_file_obj_with_meta(image):
        named = image["path"]
    elif isinstance(image, str) and is_http_url_like(image):
        named = unquote(image.partition(FILE_ROUTE)[2])
    else:
        return None
    if "\0" in named or not is_upload(Path(named)):
        raise UnreadableImageError(NO_FETCHING)
    return Path(named)
