"""Which way a film lies: PatientOrientation (PS3.3 C.7.6.1.1.1), and the way to bring it to L\\F, as it is looked at.

The first value is where a row runs to, the second where a column runs to: to the patient's L(eft) or R(ight), H(ead) or
F(oot). Further letters of a value only refine its first.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from fovea.dicom.tags import tag_name, texts
from fovea.errors import UnsupportedDicomError

NAME = tag_name("PatientOrientation")
UPRIGHT = "LF"
# By the two first letters: whether rows and columns change places; then, whether left and right; then, top and bottom.
TURNS = {
    "LF": (False, False, False),
    "RF": (False, True, False),
    "LH": (False, False, True),
    "RH": (False, True, True),
    "FL": (True, False, False),
    "FR": (True, True, False),
    "HL": (True, False, True),
    "HR": (True, True, True),
}

# A view in the wrong place: no direction, and no two of a film, run to the front and to the back.
VIEWS = ("PA", "AP")


@dataclass(frozen=True)
class Orientation:
    """`letters` are one of TURNS, or "" where the file does not name two directions of a frontal film.

    `note` says what is done to a film that does not lie L\\F; "" for one that does, or does not say.
    """

    letters: str
    note: str

    @classmethod
    def of(cls, dataset: Dataset) -> Self:
        """Raises UnsupportedDicomError for a film that runs to the patient's front or back."""
        directions = texts(dataset, "PatientOrientation")
        if "".join(directions) in VIEWS:
            return cls("", f"{_note('')} {tag_name('ViewPosition')} is the place of a view.")
        if any(direction.startswith(("A", "P")) for direction in directions):
            raise UnsupportedDicomError(
                f"{NAME} names the patient's front or back, so the film is lateral. Send a frontal film."
            )
        first = "".join(direction[:1] for direction in directions)
        letters = first if first in TURNS and len(directions) == 2 else ""
        return cls(letters, _note(letters) if any(directions) else "")

    def upright(self, pixels: NDArray[Any]) -> NDArray[Any]:
        """(rows, columns) as stored, brought to L\\F; as they are where the file does not say how they lie."""
        is_transposed, is_mirrored, is_upside_down = self._turn
        pixels = pixels.T if is_transposed else pixels
        pixels = np.fliplr(pixels) if is_mirrored else pixels
        pixels = np.flipud(pixels) if is_upside_down else pixels
        return np.ascontiguousarray(pixels)

    def upright_aspect(self, aspect: float) -> float:
        """Height over width of a pixel, after the turn."""
        return 1 / aspect if self._turn[0] else aspect

    @property
    def _turn(self) -> tuple[bool, bool, bool]:
        return TURNS[self.letters or UPRIGHT]


def _note(letters: str) -> str:
    if letters == UPRIGHT:
        return ""
    if not letters:
        return f"{NAME} does not name two directions of a frontal film, such as L\\F. The film was read as stored."
    turn = TURNS[letters]
    done = "turned" if sum(turn) % 2 == 0 else "turned and mirrored" if turn[0] else "mirrored"
    return (
        f"{NAME} is {letters[0]}\\{letters[1]}. The film was {done} to L\\F before it was read. "
        f"Heatmaps lie on the {done} film, not on the stored one."
    )
