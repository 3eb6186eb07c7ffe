"""Which way a film lies: PatientOrientation (PS3.3 C.7.6.1.1.1), and the way to bring it to L\\F, as it is looked at.

The first value is where a row runs to, the second where a column runs to: to the patient's L(eft) or R(ight), H(ead) or
F(oot). Further letters of a value only refine its first.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from fovea.dicom.tags import tag_name, texts
from fovea.errors import UnsupportedDicomError

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


def orientation(dataset: Dataset) -> str:
    """One of TURNS; "" where it is not said, or two directions that no frontal film has.

    Raises UnsupportedDicomError for a film that runs to the patient's front or back.
    """
    directions = texts(dataset, "PatientOrientation")
    if any(direction.startswith(("A", "P")) for direction in directions):
        raise UnsupportedDicomError(
            f"{tag_name('PatientOrientation')} says that the film runs to the patient's front or back: a lateral view."
        )
    letters = "".join(direction[:1] for direction in directions)
    return letters if letters in TURNS and len(directions) == 2 else ""


def orientation_note(dataset: Dataset) -> str:
    """What was done to a film that does not lie L\\F, as a sentence; "" for one that does, or does not say."""
    letters, name = orientation(dataset), tag_name("PatientOrientation")
    if letters == UPRIGHT or not any(texts(dataset, "PatientOrientation")):
        return ""
    if not letters:
        return f"{name} does not name two directions of a frontal film, as L\\F does: the film is read as it is stored."
    turn = TURNS[letters]
    done = "turned" if sum(turn) % 2 == 0 else "turned and mirrored" if turn[0] else "mirrored"
    return (
        f"{name} is {letters[0]}\\{letters[1]}: the film was {done} to L\\F before it was read, and heatmaps lie on it "
        f"as {done}, not as stored."
    )


def upright(pixels: NDArray[Any], letters: str) -> NDArray[Any]:
    """(rows, columns) of a film that lies as `letters` say, brought to L\\F; as it is for ""."""
    is_transposed, is_mirrored, is_upside_down = TURNS[letters or UPRIGHT]
    pixels = pixels.T if is_transposed else pixels
    pixels = np.fliplr(pixels) if is_mirrored else pixels
    pixels = np.flipud(pixels) if is_upside_down else pixels
    return np.ascontiguousarray(pixels)


def upright_aspect(aspect: float, letters: str) -> float:
    """Height over width of a pixel, after the turn."""
    return 1 / aspect if TURNS[letters or UPRIGHT][0] else aspect
