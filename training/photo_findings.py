"""What is to know of one's photos before a training, in sentences."""

from collections import Counter
from collections.abc import Callable, Sequence
from statistics import median

import numpy as np
from numpy.typing import NDArray

from fovea.listing import all_of
from training.data.own_split import HELD_OUT, MIN_GROUPS, NAMES, OwnSplit
from training.label_doubts import LabelDoubts

FEW_TESTED = 10  # photos of a class: with fewer, one photo more or less is over ten points
UNEVEN = 5  # times as many photos in the largest class as in the smallest
JUDGES_LABELS = 0.7  # accuracy of a classifier whose doubts are worth a number
LONG = 2  # times as long as wide


def findings(split: OwnSplit, size: int, doubts: LabelDoubts) -> list[str]:
    """Sentences; `size` is the side of the network's input in pixels."""
    return [
        _counts(split),
        *_unused(split),
        *_left_out(split),
        *_sizes(split, size),
        *_look_alikes(split),
        *_small_classes(split),
        *_labels(doubts, len(split.own.photos)),
    ]


def class_table(split: OwnSplit, write: Callable[[str], str] = str) -> list[str]:
    """Lines of Markdown: a row for each class, its name by `write`."""
    cells = Counter(zip(split.own.photos.labels.tolist(), split.sides, strict=True))
    rows = []
    for label, name in enumerate(split.own.classes):
        numbers = [cells[label, side] for side in ("train", "val", "test")]
        rows.append(f"| {write(name)} | {sum(numbers):,} | {' | '.join(f'{number:,}' for number in numbers)} |")
    return ["| class | photos | training | validation | test |", "| --- | --- | --- | --- | --- |", *rows]


def _counts(split: OwnSplit) -> str:
    photos, groups = len(split.own.photos), len(set(split.groups))
    together = "" if photos == groups else f" in {groups:,} groups that stay together"
    shares = all_of([f"{round(100 * share)} % for {NAMES[side]}" for side, share in HELD_OUT])
    return f"{photos:,} photos of {len(split.own.classes)} classes{together}. Of each class, {shares} are held back."


def _unused(split: OwnSplit) -> list[str]:
    names = split.own.unused_columns
    if not names:
        return []
    return [
        f"The list's {'column' if len(names) == 1 else 'columns'} {all_of(names)} {_be(len(names))} not used. A column "
        "named group keeps photos of one thing or person together."
    ]


def _left_out(split: OwnSplit) -> list[str]:
    n = len(split.own.left_out)
    return [f"{_files(n)} cannot be used and {_be(n)} left out."] if n else []


def _sizes(split: OwnSplit, size: int) -> list[str]:
    looks = split.own.looks
    shorter = [min(look.width, look.height) for look in looks]
    spread = "" if min(shorter) == max(shorter) else f" ({min(shorter):,} to {max(shorter):,})"
    said = [
        f"The shorter sides have a median of {round(median(shorter)):,} pixels{spread}. "
        f"The network takes {size} x {size}."
    ]
    small = sum(side < size / 2 for side in shorter)
    if small:
        said.append(f"{_photos(small)} {_have(small)} less than half of that. Larger ones would show more.")
    long = sum(max(look.width, look.height) > LONG * min(look.width, look.height) for look in looks)
    if long:
        said.append(f"{_photos(long)} {_be(long)} over twice as long as wide. --fit crop keeps the middle instead.")
    return said


def _look_alikes(split: OwnSplit) -> list[str]:
    pairs, digests = split.look_alikes, split.own.photos.digests
    if not len(pairs):
        return ["No two photos look alike."]
    same = len(digests) - len(set(digests))
    across = int(across_classes(split).sum())
    said = [
        f"{len(pairs):,} pair{'' if len(pairs) == 1 else 's'} of photos look alike. {same:,} {_be(same)} a copy of "
        "another file. Each pair is on one side of the split, so no test photo has its twin in training."
    ]
    if across:
        said.append(f"{across:,} of these pairs {_have(across)} different labels. One of the two is probably wrong.")
    return said


def across_classes(split: OwnSplit) -> NDArray[np.bool_]:
    """Of each pair of look-alikes, whether its labels differ."""
    labels = split.own.photos.labels.numpy()
    differ: NDArray[np.bool_] = labels[split.look_alikes[:, 0]] != labels[split.look_alikes[:, 1]]
    return differ


def _small_classes(split: OwnSplit) -> list[str]:
    labels = split.own.photos.labels.tolist()
    tested = Counter(label for label, side in zip(labels, split.sides, strict=True) if side == "test")
    names = split.own.classes
    untested = [name for label, name in enumerate(names) if not tested[label]]
    few = [name for label, name in enumerate(names) if 0 < tested[label] < FEW_TESTED]
    said = []
    if untested:
        said.append(
            f"No photo tests {all_of(untested)}. Add photos until there are {MIN_GROUPS} that do not belong together."
        )
    if few:
        said.append(f"Fewer than {FEW_TESTED} photos test {all_of(few)}, so what is measured of it says little.")
    folded = Counter(name.casefold() for name in names)
    same = [name for name in names if folded[name.casefold()] > 1]
    if same:
        said.append(f"The classes {all_of(same)} differ in capital letters alone. Give them one name if they are one.")
    sizes = Counter(labels)
    if max(sizes.values()) > UNEVEN * min(sizes.values()):
        most, least = (names[label] for label, _ in (sizes.most_common()[0], sizes.most_common()[-1]))
        said.append(
            f"{most} has {max(sizes.values()) / min(sizes.values()):.0f} times as many photos as {least}, so accuracy "
            "is mostly about the larger classes."
        )
    return said


def _labels(doubts: LabelDoubts, total: int) -> list[str]:
    if not doubts.n:
        return ["There are too few photos of each class to judge their labels by."]
    photos = "the photos" if doubts.n == total else f"{doubts.n:,} of the photos"
    said = [
        f"A linear classifier of frozen features gives {100 * doubts.accuracy:.1f} % of {photos} their own label, "
        "without having seen them or their group."
    ]
    if doubts.accuracy < JUDGES_LABELS:
        said.append("That is too few to judge labels by: the photos that it doubts may only be hard ones.")
    elif doubts.suspected:
        n = doubts.suspected
        said.append(
            f"It finds another class so probable for {_photos(n)} that the label may be wrong, or the photo shows two "
            "things. Look at the most doubtful first."
        )
    return said


def _photos(n: int) -> str:
    return f"{n:,} photo{'' if n == 1 else 's'}"


def _files(n: int) -> str:
    return f"{n:,} file{'' if n == 1 else 's'}"


def _have(n: int) -> str:
    return "has" if n == 1 else "have"


def _be(n: int) -> str:
    return "is" if n == 1 else "are"


def names_of(split: OwnSplit, indices: Sequence[int]) -> list[str]:
    """The files, from the folder that holds them, or as a CSV names those elsewhere."""
    paths = [split.own.photos.paths[index] for index in indices]
    root = split.own.root
    return [(path.relative_to(root) if path.is_relative_to(root) else path).as_posix() for path in paths]


def as_text(name: str) -> str:
    """A file's or class's name with nothing in it that Markdown would take for a mark."""
    return "".join(f"\\{letter}" if letter in r"\`*_[]<>|#" else letter for letter in name)
