"""The report on one's photos: photos.md in the run's folder, with thumbnails, written before anything is trained."""

import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from PIL import Image

from training.data.own_split import OwnSplit
from training.label_doubts import Doubt, LabelDoubts
from training.photo_findings import across_classes, as_text, class_table, findings, names_of
from training.whole_file import write_bytes, write_text

THUMBNAIL_PX = 128
SHOWN = 20  # pairs of each kind, doubtful photos
LISTED = 50  # files that were left out

REPORT, PICTURES = "photos.md", "photos"


def write_photo_report(folder: Path, split: OwnSplit, size: int, doubts: LabelDoubts) -> list[str]:
    """Lines to print; `size` is the side of the network's input in pixels."""
    said = findings(split, size, doubts)
    differ = across_classes(split)
    across, within = split.look_alikes[differ].tolist(), split.look_alikes[~differ].tolist()
    most_doubtful = doubts.doubts[:SHOWN]
    pairs = [*across[:SHOWN], *within[:SHOWN]]
    thumbnails = Thumbnails(folder, split)
    thumbnails.draw([*(index for pair in pairs for index in pair), *(doubt.index for doubt in most_doubtful)])
    sections = [
        ("Labels to look at", _doubts(most_doubtful, thumbnails)),
        ("Look-alikes with different labels", _pairs(across, thumbnails)),
        ("Look-alikes with one label", _pairs(within, thumbnails)),
        ("Files left out", _left_out(split.own.left_out)),
    ]
    shown = [line for title, lines in sections if lines for line in (f"## {title}", "", *lines, "")]
    introduction = [line for sentence in said for line in (as_text(sentence), "")]
    table = class_table(split, as_text)
    write_text(folder / REPORT, "\n".join(["# The photos", "", *introduction, *table, "", *shown]))
    return [*class_table(split), *said]


class Thumbnails:
    """Small pictures in the folder `photos`, each under its photo's digest."""

    def __init__(self, folder: Path, split: OwnSplit) -> None:
        self._folder, self._split = folder / PICTURES, split

    def draw(self, indices: Iterable[int]) -> None:
        self._folder.mkdir(exist_ok=True)
        for index in sorted(set(indices)):
            thumbnail = self._split.own.photos.photo(index)
            thumbnail.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX), Image.Resampling.LANCZOS)
            content = io.BytesIO()
            thumbnail.save(content, "JPEG", quality=80)
            write_bytes(self._folder / self._name(index), content.getbuffer())

    def cell(self, index: int) -> str:
        """The picture over its file's name, for a table."""
        (name,) = names_of(self._split, [index])
        return f"![]({PICTURES}/{self._name(index)})<br>{as_text(name)}"

    def label(self, number: int) -> str:
        return as_text(self._split.own.classes[number])

    def label_of(self, index: int) -> str:
        return self.label(int(self._split.own.photos.labels[index]))

    def _name(self, index: int) -> str:
        return f"{self._split.own.photos.digests[index].hex()[:16]}.jpg"


def _doubts(doubts: Sequence[Doubt], thumbnails: Thumbnails) -> list[str]:
    if not doubts:
        return []
    rows = [
        f"| {thumbnails.cell(doubt.index)} | {thumbnails.label(doubt.given)}, {100 * doubt.given_probability:.0f} % "
        f"| {thumbnails.label(doubt.likely)}, {100 * doubt.likely_probability:.0f} % "
        f"| {'yes' if doubt.is_suspected else ''} |"
        for doubt in doubts
    ]
    return ["| photo | labelled | looks like | may be wrong |", "| --- | --- | --- | --- |", *rows]


def _pairs(pairs: Sequence[Sequence[int]], thumbnails: Thumbnails) -> list[str]:
    if not pairs:
        return []
    rows = [
        f"| {thumbnails.cell(one)} | {thumbnails.label_of(one)} | {thumbnails.cell(other)} "
        f"| {thumbnails.label_of(other)} |"
        for one, other in pairs[:SHOWN]
    ]
    more = ["", f"And {len(pairs) - SHOWN:,} more."] if len(pairs) > SHOWN else []
    return ["| one | labelled | the other | labelled |", "| --- | --- | --- | --- |", *rows, *more]


def _left_out(sentences: Sequence[str]) -> list[str]:
    more = [f"- And {len(sentences) - LISTED:,} more."] if len(sentences) > LISTED else []
    return [*(f"- {as_text(sentence)}" for sentence in sentences[:LISTED]), *more]
