"""What each phase of a transfer training gave, in sentences computed from its epochs: for the report."""

from collections.abc import Sequence

from training.report import GAP_OVERFIT, LOSS_RISE, History


def discussion(history: History, *, has_head: bool, tune_from: str | None) -> list[str]:
    """For each phase, a sentence on what it reached and one on whether it overfits; a row's `phase` is its number.

    With `has_head` the first phase trained the head alone. `tune_from` is the first stage that fine-tuning trains.
    """
    sentences: list[str] = []
    earlier: History = []
    for number in sorted({row["phase"] for row in history}):
        rows = [row for row in history if row["phase"] == number]
        is_head = number == 0 and has_head
        before = earlier[-1]["val_accuracy"] if earlier else None
        sentences += [head(rows) if is_head else tuning(rows, before, tune_from), overfitting(rows, earlier)]
        earlier = [*earlier, *rows]
    return sentences


def head(rows: History) -> str:
    return f"Frozen features: the head alone reaches {accuracy(rows)} of validation after {epochs(rows)}."


def tuning(rows: History, before: float | None, stage: str | None) -> str:
    """`before` is the validation accuracy in front of the phase, where there was one."""
    first = f"Fine-tuning from {stage}" if stage else "Fine-tuning the last stages"
    if before is None:
        return f"{first} reaches {accuracy(rows)} of validation after {epochs(rows)}."
    change = 100 * (rows[-1]["val_accuracy"] - before)
    verb = "adds" if change >= 0 else "loses"
    return f"{first} {verb} {abs(change):.1f} points in {epochs(rows)}: {accuracy(rows)}."


def accuracy(rows: History) -> str:
    return f"{100 * rows[-1]['val_accuracy']:.1f} %"


def epochs(rows: History) -> str:
    return f"{len(rows)} epoch{'s' if len(rows) > 1 else ''}"


def overfitting(rows: History, earlier: Sequence[dict[str, float]] = ()) -> str:
    """Whether training has left validation behind at the end of `rows`, and from which epoch of all of them on."""
    lowest = min([*earlier, *rows], key=lambda row: row["val_loss"])
    last = rows[-1]
    gap = (last["train_accuracy"] - last["val_accuracy"]) * 100
    ends = f"Training accuracy ends {abs(gap):.1f} points {'above' if gap >= 0 else 'below'} validation accuracy"
    if last["val_loss"] > LOSS_RISE * lowest["val_loss"]:
        if earlier and earlier[-1]["val_loss"] > LOSS_RISE * min(row["val_loss"] for row in earlier):  # said before
            return f"Validation loss goes from {earlier[-1]['val_loss']:.3f} to {last['val_loss']:.3f}. {ends}."
        return (
            f"It overfits from epoch {lowest['epoch']:.0f} on: validation loss rises from {lowest['val_loss']:.3f} to "
            f"{last['val_loss']:.3f}. {ends}."
        )
    if gap > 100 * GAP_OVERFIT:
        return f"{ends}, while validation loss stays within {100 * (LOSS_RISE - 1):.0f} % of its lowest."
    return f"It does not overfit: {ends[0].lower()}{ends[1:]}."
