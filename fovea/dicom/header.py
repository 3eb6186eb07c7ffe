"""A film's header, read once: everything that its file says beside the pixels. No data set goes further than here."""

from dataclasses import dataclass
from typing import Self

from fovea.dicom.aspect import pixel_aspect
from fovea.dicom.bits import Bits
from fovea.dicom.checks import check_is_chest, check_is_radiograph, check_sop_class, left_open
from fovea.dicom.frame import Frame
from fovea.dicom.grayscale import Modality, Voi
from fovea.dicom.instance import Instance
from fovea.dicom.orientation import Orientation
from fovea.dicom.padding import Padding
from fovea.dicom.part10 import Part10, PixelData, parse
from fovea.dicom.presentation import modality_of, voi_choices
from fovea.dicom.privacy import privacy_note
from fovea.dicom.shutter import Shutter
from fovea.dicom.subject import Subject
from fovea.dicom.tags import tag_name
from fovea.dicom.transfer_syntax import TransferSyntax
from fovea.errors import UnreadableImageError


@dataclass(frozen=True)
class Header:
    """Of one grey frontal chest film; no other has one.

    `voi` are the presentations that the file offers, the first one the default; `aspect` is a pixel's height over its
    width as stored. `warnings` are sentences on what the file leaves open, and on how the film is turned. `privacy` is
    as of `privacy_note`.
    """

    syntax: TransferSyntax
    frame: Frame
    bits: Bits
    orientation: Orientation
    modality: Modality
    padding: Padding | None
    voi: tuple[Voi, ...]
    aspect: float
    shutter: Shutter | None
    instance: Instance
    privacy: str
    warnings: tuple[str, ...]

    @classmethod
    def of(cls, file: Part10) -> Self:
        """Raises ImageError at the first thing that is not read: kind, frame, body and view, then bits and greys."""
        dataset, syntax = file.dataset, file.syntax
        subject = Subject.of(dataset)
        if subject.sop_class_uid:
            check_sop_class(subject)  # first, since other objects lack the elements below
        if file.pixels is None:  # PS3.3 C.7.6.3.1.4
            raise UnreadableImageError(
                f"{tag_name('PixelData')} is missing: the file holds no pixels, or is truncated. Export it again."
            )
        check_is_radiograph(subject)
        warnings = list(file.warnings)
        frame = Frame.of(dataset, warnings)
        check_is_chest(subject)
        orientation, bits = Orientation.of(dataset), Bits.of(dataset)
        warnings += filter(None, (*left_open(subject, orientation), orientation.note))
        modality = modality_of(dataset, syntax, bits, warnings)
        return cls(
            syntax=syntax,
            frame=frame,
            bits=bits,
            orientation=orientation,
            modality=modality,
            padding=Padding.of(dataset, bits, warnings),
            voi=voi_choices(dataset, syntax, bits, modality, warnings),
            aspect=pixel_aspect(dataset, warnings),
            shutter=Shutter.of(dataset, warnings),
            instance=Instance.of(dataset),
            privacy=privacy_note(dataset),
            warnings=tuple(warnings),
        )


def read_header(data: bytes) -> tuple[Header, PixelData]:
    """The header of the film in a DICOM Part 10 file, and its pixels as they are encoded there."""
    file = parse(data)
    header = Header.of(file)
    assert file.pixels is not None  # no header without pixels
    return header, file.pixels
