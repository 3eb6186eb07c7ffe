"""The answer on a film: the class or why there is none, what such answers were worth, and what is left open."""

from html import escape

from fovea import ModelSpec, Prediction, Reason
from space.answer_html import bars, heading, headline, other_finding_note, paragraphs
from space.film.words import in_words
from space.film.worth import worth_in_words

UNLIKE = "This does not look like a frontal chest X-ray"
OTHER = "This film may show another finding"


def answer_on_film(prediction: Prediction, spec: ModelSpec, card: str) -> str:
    """HTML. A film that the model refuses gets no percentage: they mean nothing for it."""
    said = in_words(prediction)
    title, size = heading(said, UNLIKE, other=OTHER)
    if Reason.UNLIKE_TRAINING in said.decision.reasons:
        return headline(title, _refusal(said, spec), size) + paragraphs(said.warnings)
    probability, is_other = said.top(1)[0][1], Reason.OTHER_FINDING in said.decision.reasons
    if said.decision.class_name is None:
        note, meaning, worth = other_finding_note(said, spec, "films") if is_other else _doubt(said, spec), "", ""
    else:
        note, worth = f"{probability * 100:.0f} %", worth_in_words(card)
        meaning = spec.meanings[said.classes.index(said.decision.class_name)] if spec.meanings else ""
    rows = bars(said.top(len(said.classes)), said.decision.class_name)
    return (
        headline(title, note, size)
        + (f'<p class="fovea-worth">{escape(worth)}</p>' if worth else "")
        + rows
        + paragraphs([meaning, "" if is_other else _calibration(spec), *said.warnings])
    )


def _refusal(prediction: Prediction, spec: ModelSpec) -> str:
    kept = spec.metric("in_distribution", "val")
    within = f" {kept.value * 100:.0f} % of the validation films lie below the cut-off." if kept else ""
    return f"It scores {prediction.ood_score:.1f} times the cut-off for unfamiliar images.{within} There is no answer."


def _doubt(prediction: Prediction, spec: ModelSpec) -> str:
    best, probability = prediction.top(1)[0]
    return (
        f"The most probable answer, \N{LEFT DOUBLE QUOTATION MARK}{best}\N{RIGHT DOUBLE QUOTATION MARK}, has "
        f"{probability * 100:.0f} %. This model does not answer below {(spec.abstain_below or 0) * 100:.0f} %."
    )


def _calibration(spec: ModelSpec) -> str:
    """What the percentages are, where that was measured."""
    ece = spec.metric("ece")
    if ece is None:
        return ""
    return (
        f"The percentages are calibrated on films of the same hospitals: there they differ from the share that "
        f"turned out right by {ece.value * 100:.1f} points on average (n = {ece.n:,}). The card has children and "
        "adults apart. On films of other hospitals they are less reliable."
    )
