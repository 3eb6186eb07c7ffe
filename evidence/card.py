"""The model card of a task without an evidence of its own: the figures in the file, and how its export went.

The card is written beside the file, from the file's spec and the export.json in the folder of its run.
"""

from dataclasses import dataclass
from pathlib import Path

from evidence.front_matter import write_card
from evidence.model_card import model_card
from export.record import read_record
from export.subject import Subject
from fovea import load


@dataclass(frozen=True)
class Options(Subject):
    """Whose card to write."""


def main(options: Options) -> Path:
    """The card. Raises FileNotFoundError where the run's export.json is missing or is about another file."""
    model = load(options.file)
    record = read_record(options.run, model, options.words)
    card = write_card(model.header, model_card(model, record, options.file.stat().st_size))
    print(f"card: {card}")
    return card
