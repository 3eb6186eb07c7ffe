"""The readers of picture formats, opened on a file's header alone."""

import importlib
import io
import struct
import zlib

from PIL import AvifImagePlugin, Image, features

from fovea.errors import UnreadableImageError, UnsupportedFormatError
from fovea.kinds import read_formats, reads_heic
from fovea.reduced_file import ReducedFile

# What they raise on damaged input, over all formats.
DECODER_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    OverflowError,
    RuntimeError,
    struct.error,
    zlib.error,
)
HEIF_READER = "pillow_heif"


def open_header(file: ReducedFile) -> Image.Image:
    """The image, its pixels not decoded yet.

    Raises UnsupportedFormatError where this installation lacks the reader or a TIFF has samples that Pillow does not
    read, UnreadableImageError where the header is damaged.
    """
    # Image.open would compare the size with Pillow's own limit, a process-wide global; the format's own factory reads
    # the header only, so that the limit here is ours and the message can name both numbers.
    content = io.BytesIO(file.content)
    try:
        if file.kind == "HEIC":
            _check_has(reads_heic(), "HEIC", "Install pillow-heif")
            return _heic(content)
        _check_has(file.kind != "AVIF" or bool(features.check("avif")), "AVIF", "Install a Pillow with AVIF")
        Image.init()
        return Image.OPEN[file.kind][0](content, "")
    except DECODER_ERRORS as error:
        if file.form and isinstance(error, SyntaxError):  # Pillow has no such mode
            raise UnsupportedFormatError(
                f"The TIFF file holds {file.form}, which are not read. Save it as grey or RGB of 8 bits."
            ) from error
        raise UnreadableImageError(f"The {file.kind} file is damaged: its header cannot be read.") from error


def import_readers() -> None:
    """All of them now, each to decode in the one thread that asks: for a process that may open no files or threads."""
    Image.init()
    importlib.import_module("PIL.ImageCms")
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    if reads_heic():
        importlib.import_module(HEIF_READER).options.DECODE_THREADS = 1


def _heic(content: io.BytesIO) -> Image.Image:
    """The reader is imported when the first such file comes: few installations meet one."""
    plugin = importlib.import_module(f"{HEIF_READER}.as_plugin")
    image: Image.Image = plugin.HeifImageFile(content, "")
    return image


def _check_has(is_there: bool, kind: str, advice: str) -> None:
    if not is_there:
        raise UnsupportedFormatError(
            f"The file is {'an' if kind == 'AVIF' else 'a'} {kind} image, which this installation cannot read. "
            f"{advice}, or send a {read_formats()} file."
        )
