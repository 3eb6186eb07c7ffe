"""Which label each film gets, how sure it is, and why: rules in order, the first that applies decides.

`normal` says that no pneumonia is seen, and `covid19` that the film has the pattern that radiologists call typical of
COVID-19. A positive test is not a visible pneumonia, and a report is not a reading of the film for this question.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from fovea import FoveaError
from fovea.listing import either
from training.data.chest_xray_rows import Row

CLASSES = ("normal", "pneumonia", "covid19")
OTHER_FINDING = "other_finding"  # an effusion, a mass, a large heart: no pneumonia, and not normal
NO_CLASS = "none"  # radiologists disagree with the report, or call the film neither
LABELS = (*CLASSES, OTHER_FINDING, NO_CLASS)  # in this order: a network's logit of another finding follows its classes
MAYBE_PNEUMONIA = {"Infiltration", "Consolidation", "Pneumonia"}  # NIH's words for what may be one
NOT_NORMAL, OPACITY = "No Lung Opacity / Not Normal", "Lung Opacity"


class LabelError(FoveaError):
    """A film has a label that is none of ours."""


class Certainty(StrEnum):
    """What a label rests on."""

    READ = "read"  # radiologists read this film for this question
    PUBLISHED = "published"  # by the publisher's physicians, or as a case report says
    REPORT = "report"  # mined from the words of a report
    TEST = "test"  # a test of the patient: the film may show nothing


@dataclass(frozen=True)
class Rule:
    """`films` is how many films of chest_xray.tgz and chest_xray_more.tgz it decides. `label` None: as published."""

    applies: Callable[[Row], bool]
    label: str | None
    certainty: Certainty
    reason: str
    films: int


@dataclass(frozen=True)
class Label:
    """A film's label, one of LABELS, with what it rests on and the reason in words."""

    name: str
    certainty: Certainty
    reason: str

    @property
    def is_unread(self) -> bool:
        """A disease that a test or a report named and that no radiologist was asked to see on the film."""
        return self.name in ("pneumonia", "covid19") and self.certainty in (Certainty.TEST, Certainty.REPORT)


def _was_read_for_covid(row: Row, *appearances: str) -> bool:
    return row.source in ("siim", "bimcv") and row.appearance in appearances


def _was_reread(row: Row, rsna_class: str) -> bool:
    return row.source == "nih" and row.rsna_class == rsna_class


RULES = (
    Rule(
        lambda row: _was_read_for_covid(row, "covid19"),
        "covid19",
        Certainty.READ,
        "radiologists saw the appearance that is typical of COVID-19",
        2260,
    ),
    Rule(
        lambda row: _was_read_for_covid(row, "negative"),
        "normal",
        Certainty.READ,
        "radiologists saw no pneumonia, whatever the test said",
        1408,
    ),
    Rule(
        lambda row: _was_read_for_covid(row, "indeterminate", "atypical"),
        NO_CLASS,
        Certainty.READ,
        "radiologists saw a pneumonia that fits COVID-19 and other causes alike",
        679,
    ),
    Rule(
        lambda row: row.source == "bimcv",
        "covid19",
        Certainty.TEST,
        "a positive test, and no radiologist was asked about the film",
        1122,
    ),
    Rule(
        lambda row: _was_reread(row, NOT_NORMAL),
        OTHER_FINDING,
        Certainty.READ,
        "radiologists saw something else than a lung opacity",
        336,
    ),
    Rule(
        lambda row: _was_reread(row, OPACITY) and row.label == "normal",
        NO_CLASS,
        Certainty.READ,
        "radiologists saw a lung opacity that the report does not name",
        7,
    ),
    Rule(
        lambda row: _was_reread(row, OPACITY),
        "pneumonia",
        Certainty.READ,
        "the report names a finding and radiologists saw a lung opacity",
        198,
    ),
    Rule(
        lambda row: _was_reread(row, "Normal") and row.label != "normal",
        NO_CLASS,
        Certainty.READ,
        "the report names a finding that radiologists did not see",
        123,
    ),
    Rule(
        lambda row: _was_reread(row, "Normal"),
        "normal",
        Certainty.READ,
        "report and radiologists saw nothing",
        38,
    ),
    Rule(
        lambda row: row.source == "nih" and row.label == OTHER_FINDING and bool(MAYBE_PNEUMONIA & set(row.findings)),
        NO_CLASS,
        Certainty.REPORT,
        "the report names what may be a pneumonia, and no radiologist was asked",
        161,
    ),
    Rule(lambda row: row.source == "nih", None, Certainty.REPORT, "mined from the report", 1826),
    Rule(lambda row: row.source == "rsna", None, Certainty.READ, "read by radiologists for RSNA 2018", 2490),
)
AS_PUBLISHED = "as published"


def label_of(row: Row) -> Label:
    """The label by RULES. Raises LabelError for a published label that is unknown."""
    rule = next((rule for rule in RULES if rule.applies(row)), None)
    if rule is None:
        return published_label(row)
    return Label(rule.label or published_label(row).name, rule.certainty, rule.reason)


def published_label(row: Row) -> Label:
    """As the publisher says: SIIM-FISABIO-RSNA's `negative` is normal, `indeterminate` and `atypical` no class."""
    names = {"negative": "normal", "indeterminate": NO_CLASS, "atypical": NO_CLASS}
    name = names.get(row.label, row.label)
    if name not in LABELS:
        raise LabelError(f"{row.file} has the unknown label {row.label!r}. Choose {either(CLASSES)}.")
    return Label(name, Certainty.PUBLISHED, AS_PUBLISHED)
