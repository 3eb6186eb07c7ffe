"""A drawn chest for the examples: no patient, no anatomy to rely on. `python -m space.phantom` writes its files."""

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import ExplicitVRLittleEndian

FOLDER = Path(__file__).parent / "examples" / "chest_xray"
SIZE = 320
MAX_12_BIT = 4095
UID_ROOT = "1.2.826.0.1.3680043.8.498.4004"  # under pydicom's own root


def draw() -> NDArray[np.uint16]:
    """12-bit attenuation (SIZE, SIZE): bright where more would absorb."""
    y, x = np.mgrid[0:SIZE, 0:SIZE] / SIZE
    x = x - 0.5

    def ellipse(cx: float, cy: float, rx: float, ry: float) -> NDArray[np.float64]:
        inside: NDArray[np.float64] = np.clip((1 - np.hypot((x - cx) / rx, (y - cy) / ry)) * 12, 0, 1)
        return inside

    trunk = np.clip((0.42 + 0.06 * y - np.abs(x)) * 25, 0, 1) * np.clip((y - 0.06) * 12, 0, 1)
    lungs = np.maximum(ellipse(-0.19, 0.44, 0.155, 0.33), ellipse(0.19, 0.44, 0.145, 0.32))
    heart, spine = ellipse(0.06, 0.6, 0.14, 0.17), np.clip((0.035 - np.abs(x)) * 60, 0, 1)
    ribs = np.maximum(np.cos((y + 0.55 * x**2) * 55) - 0.55, 0) * np.clip((0.4 - np.abs(x)) * 20, 0, 1)
    belly = np.clip((y - 0.76 - 0.25 * (np.abs(x) - 0.18) ** 2) * 20, 0, 1)
    density = trunk * (0.55 - 0.42 * lungs * (1 - belly)) + 0.3 * heart + 0.22 * spine + 0.12 * ribs * trunk
    density += 0.2 * belly * trunk
    levels: NDArray[np.uint16] = np.round(np.clip(density, 0, 1) * MAX_12_BIT).astype(np.uint16)
    return levels


def as_png(film: NDArray[np.uint16]) -> bytes:
    stream = io.BytesIO()
    Image.fromarray((film // 16).astype(np.uint8)).save(stream, "PNG", optimize=True)
    return stream.getvalue()


def as_dicom(film: NDArray[np.uint16]) -> bytes:
    """CR, MONOCHROME1: the low values are white, as many machines store it."""
    dataset = Dataset()
    dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.1"
    dataset.SOPInstanceUID = f"{UID_ROOT}.1"
    dataset.SeriesInstanceUID, dataset.StudyInstanceUID = f"{UID_ROOT}.2", f"{UID_ROOT}.3"
    dataset.PatientName, dataset.PatientID, dataset.PatientIdentityRemoved = "PHANTOM", "PHANTOM", "YES"
    dataset.DeidentificationMethod = "drawn, not taken"
    dataset.Modality, dataset.BodyPartExamined, dataset.ViewPosition = "CR", "CHEST", "PA"
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation, dataset.PixelRepresentation = 1, "MONOCHROME1", 0
    dataset.Rows, dataset.Columns = film.shape
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 12, 11
    dataset.WindowCenter, dataset.WindowWidth = 2048, 4096
    dataset.PixelData = (MAX_12_BIT - film).astype("<u2").tobytes()
    dataset["PixelData"].VR = "OW"
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    stream = io.BytesIO()
    dcmwrite(stream, dataset, enforce_file_format=True)
    return stream.getvalue()


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    film = draw()
    (FOLDER / "phantom.png").write_bytes(as_png(film))
    (FOLDER / "phantom.dcm").write_bytes(as_dicom(film))


if __name__ == "__main__":
    main()
