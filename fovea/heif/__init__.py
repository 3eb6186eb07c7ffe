"""HEIF (ISO 23008-12), the container of HEIC and AVIF: one still picture of it, with nothing that describes it."""

from fovea.heif.picture import HeifPicture, picture_alone

__all__ = ["HeifPicture", "picture_alone"]
