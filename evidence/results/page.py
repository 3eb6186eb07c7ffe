"""docs/RESULTS.md: a section for each task, its tables and what a reader has to know to judge them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from evidence.results import app, by_hand, chest_choices, chest_xray, endpoint, photos, same_answers, shipped, training
from evidence.results.table import Table

HEAD = """# Results

Below each table stand the command that measures it, the date and the hardware. Brackets hold 95 % intervals. For shares
they are Wilson's, unless the table says otherwise. The test images are looked at once, when the weights are final. One
exception stands under Digits.

`make results` writes this page from stored files. Figures that no file holds come from
[results_by_hand.toml](results_by_hand.toml), and their tables say so. [The glossary](guides/glossary.md) explains the
terms. [Checked facts](lessons/checked_facts.md) has the figures of papers.
"""


@dataclass(frozen=True)
class Section:
    """`key` names its notes and tables in results_by_hand.toml."""

    title: str
    key: str
    tables: Callable[[], Iterable[Table]]
    intro: str = ""

    def text(self) -> str:
        tables = [*self.tables(), *by_hand.tables(self.key)]
        parts = [self.intro, by_hand.note(self.key), *(table.section() for table in tables)]
        return "\n\n".join([f"## {self.title}", *(part.strip() for part in parts if part)])


def digits() -> Iterator[Table]:
    yield from shipped.tables("digits", "LeNet-5")
    yield from training.runs("digits")


def flowers() -> Iterator[Table]:
    yield from shipped.tables("flowers", "Inception-v3")
    yield from training.runs("flowers")
    yield from training.training_sizes()
    yield from training.same_network()
    yield from photos.frozen_cuts()
    yield from photos.tuned()
    yield from photos.near_misses()
    yield from photos.colour_profiles()


def objects() -> Iterator[Table]:
    yield from shipped.tables("objects", "GoogLeNet")
    yield from shipped.tables("objects_inception_v3", "Inception-v3")
    yield from training.runs("objects")


def chest() -> Iterator[Table]:
    yield from chest_xray.tables()
    yield from chest_choices.tables()
    yield from shipped.tables("chest_xray", "Inception-v3", chest_xray.made("export"))


SECTIONS = (
    Section(
        "With and without optimizations",
        "same_answers",
        same_answers.tables,
        "`fovea check` compares a file with the answers stored in it, on your processor.",
    ),
    Section("Digits", "digits", digits),
    Section("Flowers", "flowers", flowers),
    Section(
        "Photos of your own",
        "own_photos",
        lambda: chain(photos.own_photos(), photos.many_photos()),
        "[Train your own](guides/train.md#from-your-photos-to-a-space) has the commands.",
    ),
    Section("Objects", "objects", objects),
    Section(
        "Chest X-rays",
        "chest_xray",
        chest,
        "[The report](chest_xray/report.md) has all the evidence, and [the card](../models/chest_xray.md) the limits.",
    ),
    Section(
        "Networks compared",
        "networks",
        lambda: chain(training.locality(), training.residual(), training.latency()),
    ),
    Section("The app in a browser", "app", app.tables),
    Section(
        "The X-ray endpoint",
        "endpoint",
        endpoint.tables,
        "[Sizing](../k8s/README.md#sizing) says what a pod can do, [Drift](../k8s/README.md#drift) what it notices. "
        "[SECURITY.md](../k8s/SECURITY.md#ten-minutes-of-chaos) shows what hostile films do to it.",
    ),
)


def text() -> str:
    """The whole page."""
    return "\n\n".join([HEAD.strip(), *(section.text() for section in SECTIONS)]) + "\n"
