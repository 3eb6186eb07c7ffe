"""What the metadata of an archive says of each film, with what radiologists said of it later."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from training.data import csv_rows

LATER = ("chest_xray_labels_nih.csv", "chest_xray_labels_bimcv.csv")  # of films in chest_xray.tgz
ADULT_YEARS = 18


@dataclass(frozen=True)
class Row:
    """One film as its publisher describes it; empty where the publisher is silent.

    `file` is below the folder of `archive`. `findings` are NIH's, mined from the report. `rsna_class` and `appearance`
    are radiologists' words for the film itself: those of RSNA 2018, and the classes of SIIM-FISABIO-RSNA (covid19 for
    the typical appearance, negative, indeterminate, atypical).
    """

    archive: str
    file: str
    label: str
    source: str
    patient: str
    age: str
    view: str = ""
    nih_image: str = ""
    findings: tuple[str, ...] = ()
    rsna_class: str = ""
    appearance: str = ""

    @property
    def nih_patient(self) -> str:
        """The patient's number at NIH, which the image's name begins with, or nothing."""
        return f"nih-{int(self.nih_image.split('_')[0])}" if self.nih_image else ""


def read_rows(folder: Path, later: Sequence[Path] = ()) -> list[Row]:
    """The rows of FOLDER/metadata.csv, in its order; `later` are LATER files that correct them.

    Raises FileNotFoundError where one of `later` is missing.
    """
    added: dict[str, dict[str, str]] = {}
    for path in later:
        if not path.is_file():
            raise FileNotFoundError(
                f"{path} is missing. It says what radiologists saw on films of chest_xray.tgz. Put it there, or choose "
                "--labels published."
            )
        added |= {row["file"]: row for row in csv_rows.read_rows(path, ("file",))}
    rows = csv_rows.read_rows(folder / "metadata.csv", ("file", "label", "patient_group", "source"))
    return [_row(folder.name, row, added.get(row["file"], {})) for row in rows]


def _row(archive: str, row: dict[str, str], later: dict[str, str]) -> Row:
    findings = row.get("findings") or later.get("nih_findings") or ""
    age = row.get("age_group") or "unknown"
    if later.get("age"):  # the archive says adult_or_mixed of all NIH films
        age = "child" if int(later["age"]) < ADULT_YEARS else "adult"
    return Row(
        archive=archive,
        file=row["file"],
        label=row["label"],
        source=row["source"],
        patient=row["patient_group"],
        age=age,
        view=row.get("view") or later.get("view") or "",
        nih_image=row.get("nih_image") or "",
        findings=tuple(findings.split("|")) if findings else (),
        rsna_class=row.get("rsna_class") or later.get("rsna_class") or "",
        appearance=row["label"] if row["source"] == "siim" else later.get("siim_class", ""),
    )
