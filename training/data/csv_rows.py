"""Rows of a CSV file, by column, as spreadsheets write it too.

It is UTF-8, with or without a byte order mark, and has commas, semicolons or tabs between its values.
"""

import csv
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import TextIO

from fovea import FoveaError
from fovea.listing import all_of

DELIMITERS = ",;\t"


class TableError(FoveaError):
    """A CSV file is not what it should be. The message names the place."""


def read_rows(path: Path, required: Sequence[str]) -> list[dict[str, str]]:
    """Every row by its columns' names in lower case, with a value in each of the `required` ones.

    Raises:
        FileNotFoundError: no such file.
        TableError: it is not CSV in UTF-8, has no rows, lacks a column, or a row has no value in it.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            header, reader = _opened(file)
            rows = [dict(zip_longest(header, line[: len(header)], fillvalue="")) for line in reader if line]
    except (UnicodeDecodeError, csv.Error) as error:
        raise TableError(f"{path} is not a CSV file in UTF-8. Save it as one.") from error
    missing = [name for name in required if name not in header]
    if missing:
        raise TableError(f"{path} has no column {all_of(missing)}. Its first line must name {all_of(required)}.")
    if not rows:
        raise TableError(f"{path} has no rows. Add a line for each image.")
    for number, row in enumerate(rows, start=2):
        empty = [name for name in required if not row[name].strip()]
        if empty:
            raise TableError(
                f"Line {number} of {path} has no {all_of(empty)}. Fill in every column: {all_of(required)}."
            )
    return rows


def column_names(path: Path) -> list[str]:
    """Of the first line, as `read_rows` names them, without a look at the rows."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        return _opened(file)[0]


def _opened(file: TextIO) -> tuple[list[str], Iterator[list[str]]]:
    """The names of the columns, and the lines behind them."""
    first = file.readline()
    file.seek(0)
    reader = csv.reader(file, delimiter=max(DELIMITERS, key=first.count))
    return [name.strip().lower() for name in next(reader, [])], reader
