"""What the model's answers were worth where it was judged, as the card beside the file says."""

import re
from dataclasses import dataclass

HEADING = "## When it does not answer"
HOME, ELSEWHERE = "test fold", "other hospitals"
NOT_MEASURED = "The model card does not say how many answers are right on films of other hospitals."


@dataclass(frozen=True)
class Worth:
    """Of `n` films the model answered the share `answered`, and of these answers the share `right` was right."""

    n: int
    answered: float
    right: float
    interval: tuple[float, float]


def worth_in_words(card: str) -> str:
    """For beside an answer: how many answers were right on films of other hospitals, and at home."""
    elsewhere, home = worth(card, ELSEWHERE), worth(card, HOME)
    if elsewhere is None:
        return NOT_MEASURED
    low, high = elsewhere.interval
    sentences = [
        f"On films of other hospitals {_in_100(elsewhere.right)} of 100 answers were right "
        f"(95 % interval {_in_100(low)} to {_in_100(high)}).",
        f"There the model answered {_in_100(elsewhere.answered)} of 100 films, of {elsewhere.n:,} in all.",
    ]
    if home is not None:
        sentences.append(
            f"At the hospitals that it learned from, {_in_100(home.right)} of 100 answers were right, on films without "
            "another finding."
        )
    return " ".join(sentences)


def worth(card: str, films: str) -> Worth | None:
    """The row `films` of the card's table on answers; None where there is none, or where nothing was answered."""
    table = card.partition(f"{HEADING}\n")[2].partition("\n## ")[0]
    lines = [[cell.strip() for cell in line.strip("| ").split("|")] for line in table.splitlines() if "|" in line]
    if not lines:
        return None
    rows = [dict(zip(lines[0], line, strict=False)) for line in lines[1:]]
    row = next((row for row in rows if row.get("films") == films), {})
    answered, right = (_numbers(row.get(name, "")) for name in ("answered", "accuracy of the answers"))
    if not answered or len(right) != 3:
        return None
    return Worth(int(row["n"].replace(",", "")), answered[0] / 100, right[0], (right[1], right[2]))


def _numbers(cell: str) -> list[float]:
    """As in "0.693 (0.645 to 0.744)"."""
    return [float(number) for number in re.findall(r"\d+(?:\.\d+)?", cell)]


def _in_100(share: float) -> str:
    return f"{share * 100:.0f}"
