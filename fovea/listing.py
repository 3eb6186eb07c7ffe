"""Names in prose."""

from collections.abc import Iterable


def either(names: Iterable[str]) -> str:
    """A choice: "digits, flowers or objects"."""
    return _joined("or", names)


def all_of(names: Iterable[str]) -> str:
    """All together: "PNG, JPEG and TIFF"."""
    return _joined("and", names)


def _joined(word: str, names: Iterable[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} {word} {last}" if others else last
