"""A file as it reaches Pillow: its pixels, what says how they lie and what colours they are, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fovea import bmp_header, gif_blocks, png_chunks, webp_chunks
from fovea.colour_profile import told_profile
from fovea.heif import picture_alone
from fovea.jpeg_segments import END, without_descriptions
from fovea.kinds import HEIF
from fovea.tiff_directory import first_directory, first_directory_alone
from fovea.tiff_samples import samples_of


@dataclass(frozen=True)
class ReducedFile:
    """`kind` is Pillow's name of the format, `told` what the file says of itself as in Pillow's `info`.

    `bits` are those of a sample, `is_inverted` is for grey whose 0 is white, and `form` says in prose what samples a
    TIFF file holds.
    """

    kind: str
    content: bytes
    told: Mapping[str, str | bytes] = field(default_factory=dict)
    frames: int = 1
    bits: int = 8
    is_inverted: bool = False
    has_end: bool = True
    """whether a JPEG file says that it is complete"""
    form: str = ""


def reduced_file(kind: str, data: bytes) -> ReducedFile:
    """Raises ImageError for what the header announces and is not read."""
    match kind:
        case "JPEG":
            content, told = without_descriptions(data)
            return ReducedFile(kind, content, told, has_end=content.endswith(END))
        case "PNG":
            content, texts = png_chunks.pixels_alone(data)
            return ReducedFile(kind, content, texts, bits=content[png_chunks.BIT_DEPTH_AT])
        case "WEBP":
            return ReducedFile(kind, *webp_chunks.pixels_alone(data))
        case "GIF":
            return ReducedFile(kind, gif_blocks.picture_alone(data))
        case "BMP":
            bmp_header.check_header(data)
            return ReducedFile(kind, data)
        case _ if kind == HEIF:
            picture = picture_alone(data)
            return ReducedFile(picture.kind, picture.content, told_profile(picture.profile))
        case _:
            content, frames = first_directory_alone(data)
            samples = samples_of(first_directory(data))
            told = told_profile(samples.profile)
            return ReducedFile(kind, content, told, frames, samples.bits, samples.is_inverted, form=samples.form)
