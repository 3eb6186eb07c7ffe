"""A photo's colours in sRGB, as networks were trained on them: ICC.1:2022 profiles give numbers other colours."""

import functools
import io
import itertools

import numpy as np
from PIL import Image, ImageCms

MAX_PROFILE_BYTES = 4_000_000  # profiles of presses with their tables take up to two or three
# The spaces of a profile's samples (ICC.1:2022 section 7.2.6), and Pillow's modes that hold them.
SPACES = {"L": "GRAY", "RGB": "RGB", "RGBA": "RGB", "CMYK": "CMYK"}
DEVICES = {"mntr", "scnr", "prtr", "spac"}  # section 7.2.5; the others are no profiles of pictures
COARSE_STEPS = range(0, 256, 51)
NOT_SEEN = 2  # levels of 255: such a profile is sRGB itself, in one of its many forms

_BROKEN = (OSError, ImageCms.PyCMSError, ValueError, TypeError, OverflowError)


def told_profile(profile: bytes) -> dict[str, bytes]:
    """As in Pillow's `info`; nothing where it is too large or lacks the signature of a profile (section 7.2.9)."""
    is_profile = len(profile) <= MAX_PROFILE_BYTES and profile[36:40] == b"acsp"
    return {"icc_profile": profile} if is_profile else {}


def in_srgb(image: Image.Image, profile: object) -> Image.Image:
    """`image` in mode "RGB" or "RGBA", its colours converted from the bytes of an ICC profile to sRGB.

    As it is where the profile is broken, too large, of another kind than the image, or sRGB.
    """
    if not isinstance(profile, bytes) or not told_profile(profile):
        return image
    if image.mode == "LA":
        return _with_alpha(in_srgb(image.getchannel("L"), profile), image.getchannel("A"))
    if image.mode in ("P", "PA"):
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    elif image.mode == "RGB" and image.has_transparency_data:
        image = image.convert("RGBA")  # the transparent colour is one before it is converted
    if image.mode not in SPACES:
        return image
    transform = _transform(profile, image.mode)
    return image if transform is None else _applied(transform, image)


def _applied(transform: ImageCms.ImageCmsTransform, image: Image.Image) -> Image.Image:
    converted = transform.apply(image)
    converted.info, converted.format = image.info, image.format
    return converted


def _with_alpha(image: Image.Image, alpha: Image.Image) -> Image.Image:
    rgba = image.convert("RGBA")
    rgba.putalpha(alpha)
    return rgba


def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """None where nothing is to be converted."""
    try:
        opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        core = opened.profile
        if core.xcolor_space.strip() != SPACES[mode] or core.device_class not in DEVICES:
            return None
        target = "RGBA" if mode == "RGBA" else "RGB"
        transform = ImageCms.buildTransform(opened, _srgb(), mode, target, ImageCms.Intent.PERCEPTUAL)
    except _BROKEN:
        return None
    return None if mode.startswith("RGB") and _changes_nothing(transform, mode) else transform


@functools.cache
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def _changes_nothing(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    """Looked at on colours all over the cube."""
    colours = np.array(list(itertools.product(COARSE_STEPS, repeat=3)), np.uint8)[np.newaxis]
    converted = np.asarray(transform.apply(Image.fromarray(colours).convert(mode)).convert("RGB"))
    return bool(np.abs(converted.astype(int) - colours).max() <= NOT_SEEN)
