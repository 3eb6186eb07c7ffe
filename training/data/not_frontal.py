"""Pictures of the chest that are no frontal film: laterals, and CT slices saved as pictures. They train nothing.

`not_frontal.tgz` holds `not_frontal/metadata.csv` (file, label, patient_group) and the pictures, square and grey.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from fovea import decode
from training.data.archives import unpack
from training.data.csv_rows import read_rows

NAME = "not_frontal"


@dataclass(frozen=True)
class Pictures:
    """Some pictures with the patient of each."""

    images: tuple[Image.Image, ...]
    patients: tuple[str, ...]


def load_not_frontal(data_dir: Path) -> Mapping[str, Pictures]:
    """The pictures by kind. `data_dir`/not_frontal is used as it is; else not_frontal.tgz is unpacked.

    Raises FileNotFoundError where neither is there, a FoveaError for a picture that cannot be read.
    """
    folder, archive = data_dir / NAME, data_dir / f"{NAME}.tgz"
    if not folder.is_dir():
        if not archive.is_file():
            raise FileNotFoundError(
                f"{archive} is missing (pictures that must not be answered). It has no public home. Put an archive "
                f"there with {NAME}/metadata.csv (file, label, patient_group) and the pictures that it names."
            )
        unpack(archive, folder)
    rows = read_rows(folder / "metadata.csv", ("file", "label", "patient_group"))
    kinds = dict.fromkeys(row["label"] for row in rows)
    return {kind: _pictures(folder, [row for row in rows if row["label"] == kind]) for kind in kinds}


def _pictures(folder: Path, rows: list[dict[str, str]]) -> Pictures:
    images = [decode((folder / row["file"]).read_bytes(), channels=1) for row in rows]
    return Pictures(tuple(images), tuple(row["patient_group"] for row in rows))
