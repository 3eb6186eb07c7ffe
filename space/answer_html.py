"""Answers as HTML: a headline and a bar per class, or why there is none."""

from collections.abc import Sequence
from html import escape

from fovea import ModelSpec, Prediction, Reason

TOP = 5  # classes that have a bar
OTHER = "This may show another finding"


def headline(answer: str, note: str, size: str = "") -> str:
    """`size` "words" is for answers longer than a digit."""
    return (
        f'<div class="fovea-answer {size}"><span class="class">{escape(answer)}</span>'
        f'<span class="note">{escape(note)}</span></div>'
    )


def no_answer(prompt: str, reason: str = "") -> str:
    """What to do, or the reason why what was done has no answer."""
    if reason:
        return f'<div class="fovea-answer refused" role="alert"><span class="note">{escape(reason)}</span></div>'
    return f'<div class="fovea-answer"><span class="note">{escape(prompt)}</span></div>'


def bars(ranked: Sequence[tuple[str, float]], best: str | None) -> str:
    """A row for each (class, probability); the class `best` is marked."""
    rows = "".join(
        f'<span class="name">{escape(name)}</span>'
        f'<span class="track"><span class="fill{" best" if name == best else ""}" '
        f'style="display:block;width:{share * 100:.1f}%"></span></span>'
        f'<span class="share">{share * 100:.1f} %</span>'
        for name, share in ranked
    )
    return f'<div class="fovea-bars">{rows}</div>'


def paragraphs(sentences: Sequence[str]) -> str:
    return "".join(f'<p class="fovea-meaning">{escape(sentence)}</p>' for sentence in sentences if sentence)


def heading(prediction: Prediction, unlike: str, class_size: str = "words", other: str = OTHER) -> tuple[str, str]:
    """The class, or that there is none, and its size for `headline`.

    `unlike` is for out-of-distribution images, `other` for those that show something other than the classes.
    """
    decision = prediction.decision
    if Reason.UNLIKE_TRAINING in decision.reasons:
        return unlike, "words unlike"
    if Reason.OTHER_FINDING in decision.reasons:
        return other, "words unlike"
    if decision.class_name is None:
        return "Not sure", "words unsure"
    return decision.class_name, class_size


def verdict(
    prediction: Prediction, spec: ModelSpec, unlike: str, *, decimals: int = 1, class_size: str = "words"
) -> str:
    """The headline of one answer: the class with its probability, or why the model names none."""
    said, size = heading(prediction, unlike, class_size)
    return headline(said, _note(prediction, spec, decimals), size)


def _note(prediction: Prediction, spec: ModelSpec, decimals: int) -> str:
    reasons = prediction.decision.reasons
    best, probability = prediction.top(1)[0]
    if Reason.UNLIKE_TRAINING in reasons:
        kept = spec.metric("in_distribution", "val")
        within = f"{kept.value * 100:.0f} % of the validation images lie within it. " if kept else ""
        return (
            f"It scores {prediction.ood_score:.1f} times the cut-off for unfamiliar images. {within}"
            "The percentages below mean nothing for it."
        )
    if Reason.OTHER_FINDING in reasons:
        return other_finding_note(prediction, spec, "images")
    if Reason.UNSURE in reasons:
        return (
            f"The most probable class, {best}, has {probability * 100:.{decimals}f} %. This model does not answer "
            f"below {(spec.abstain_below or 0) * 100:.{decimals}f} %."
        )
    return f"{probability * 100:.{decimals}f} %"


def other_finding_note(prediction: Prediction, spec: ModelSpec, images: str) -> str:
    """Why a finding that is no class keeps the model from an answer; `images` are what it answers."""
    kept = spec.metric("no_other_finding", "val")
    within = f" Of the validation {images}, which have none, {kept.value * 100:.0f} % lie below it." if kept else ""
    return (
        f"It scores {prediction.other_finding:.1f} times the cut-off for findings that this model cannot name.{within} "
        "The percentages below only compare the classes that it knows."
    )


def answer(prediction: Prediction, spec: ModelSpec, unlike: str, *, decimals: int = 1) -> str:
    """A whole answer: its headline, a bar per class, what the class means and what the file left open."""
    name = prediction.decision.class_name
    meaning = spec.meanings[spec.classes.index(name)] if spec.meanings and name else ""
    said = verdict(prediction, spec, unlike, decimals=decimals)
    return said + bars(prediction.top(TOP), name) + paragraphs([meaning, *prediction.warnings])
