"""Tables that sort in the page: by number where a column holds numbers, however they are written."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

FOLDER = Path(__file__).parent
UNKNOWN = "\N{EN DASH}"

Value = str | float | None


@dataclass(frozen=True)
class Column:
    """`value` gives what a row sorts by, None where unknown; `shown` how it reads; `unit` stands over the title.

    `note` gives what a row's value must not be read without, in small letters behind it; empty for nothing.
    """

    title: str
    value: Callable[[Any], Value]
    shown: Callable[[Any], str] = str
    unit: str = ""
    note: Callable[[Any], str] = lambda _row: ""


def table(columns: Sequence[Column], rows: Sequence[Any], elem_id: str) -> gr.HTML:
    """The component. Columns without any value are left out; the first column stays in sight."""
    return gr.HTML(
        markup(columns, rows),
        css_template=(FOLDER / "table.css").read_text(),
        js_on_load=(FOLDER / "table.js").read_text(),
        elem_id=elem_id,
        elem_classes="fovea-table",
    )


def markup(columns: Sequence[Column], rows: Sequence[Any]) -> str:
    """HTML of the table, in the order of `rows`."""
    filled = [column for column in columns if any(column.value(row) is not None for row in rows)]
    head = "".join(_heading(column, _kind(column, rows)) for column in filled)
    body = "".join(f"<tr>{''.join(_cell(column, row, _kind(column, rows)) for column in filled)}</tr>" for row in rows)
    return f'<div class="sheet"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _kind(column: Column, rows: Sequence[Any]) -> str:
    return "words" if any(isinstance(column.value(row), str) for row in rows) else "number"


def _heading(column: Column, kind: str) -> str:
    unit = f"<small>{escape(column.unit)}</small>" if column.unit else ""
    return f'<th class="{kind}" aria-sort="none"><button type="button">{unit}{escape(column.title)}</button></th>'


def _cell(column: Column, row: Any, kind: str) -> str:
    value = column.value(row)
    if value is None:
        return f'<td class="{kind} unknown">{UNKNOWN}</td>'
    note = f" <small>{escape(column.note(row))}</small>" if column.note(row) else ""
    return f'<td class="{kind}" data-value="{escape(str(value))}">{escape(column.shown(value))}{note}</td>'
