"""The rows of a run as a table: cells by the type of their value, the columns that matter first."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString

from example_project.catalogue import Run

COLUMNS_SHOWN: Final = 7
LONG_TEXT: Final = 90
LONGEST_TEXT: Final = 5000
CHIPS: Final = 12
MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d:\d\d)?")
NAMING: Final = ("title", "username", "name", "email")  # what people know a row by


class Cell(NamedTuple):
    """One value: the class of its cell, and its HTML."""

    kind: str
    html: SafeString


class Column(NamedTuple):
    """One column; those that matter less are shown on demand."""

    name: str
    matters: bool
    kind: str


@dataclass(frozen=True)
class Table:
    """The rows of a run."""

    columns: list[Column]
    rows: list[list[tuple[Column, Cell]]]

    @property
    def hidden(self) -> int:
        """How many columns are shown on demand."""
        return sum(not column.matters for column in self.columns)


def table(run: Run) -> Table:
    """The table of a run."""
    matter = _mattering(run)
    names = [*matter, *(name for name in run.columns if name not in matter)]
    cells = [[cell(row.get(name)) for name in names] for row in run.rows]
    kinds = [next((each.kind for each in column if each.kind != "null"), "null") for column in zip(*cells, strict=True)]
    columns = [Column(name, name in matter, kind) for name, kind in zip(names, kinds, strict=False)]
    return Table(columns, [[*zip(columns, row, strict=True)] for row in cells])


def _mattering(run: Run) -> list[str]:
    """First what names the row, then what the statement is about: names that it says twice, or makes."""
    if len(run.columns) <= COLUMNS_SHOWN + 1:
        return run.columns
    naming = [name for name in ("id", *NAMING) if name in run.columns][:2]
    about = [name for name in run.columns if len(re.findall(rf'\."{name}"', run.sql)) > 1 or f'AS "{name}"' in run.sql]
    chosen = list(dict.fromkeys([*naming, *about]))
    brief = [name for name in run.columns if not any(_is_long(row.get(name)) for row in run.rows[:5])]
    others = [name for name in brief if name not in chosen and name != "slug"]
    return [*chosen, *others[: max(0, COLUMNS_SHOWN - len(chosen))]]


def _is_long(value: Any) -> bool:
    return isinstance(value, str) and len(value) > LONG_TEXT // 2


def cell(value: Any) -> Cell:
    """One value as HTML."""
    if value is None:
        return Cell("null", escape("NULL"))
    if isinstance(value, bool):
        return Cell("bool", format_html('<span class="{}">{}</span>', str(value).lower(), str(value).lower()))
    if isinstance(value, int | float):
        return Cell("number", format_html("{}", value if isinstance(value, int) else f"{value:.7g}"))
    if isinstance(value, list):
        return Cell("list", _chips(value))
    if isinstance(value, dict):
        return Cell("json", _text(json.dumps(value, ensure_ascii=False)))
    return Cell("moment", _moment(value)) if MOMENT.fullmatch(value) else Cell("text", _text(value))


def _moment(text: str) -> SafeString:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is not None and not moment.utcoffset():
        moment = moment.astimezone(UTC).replace(tzinfo=None)  # UTC goes without saying
    shown = moment.isoformat(" ", "auto" if moment.second or moment.microsecond else "minutes")
    return format_html('<time datetime="{}">{}</time>', text, shown)


def _text(text: str) -> SafeString:
    if isinstance(text, SafeString):  # made by a method that says so: a headline, with its marks
        return text
    if not text.strip():
        return format_html('<span class="blank">{}</span>', json.dumps(text))
    if text != text.strip():  # blanks at the ends are seen only in quotes
        text = json.dumps(text, ensure_ascii=False)
    if len(text) <= LONG_TEXT:
        return escape(text)
    whole = text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}… ({len(text):,} characters)"
    start = " ".join(text[:LONG_TEXT].split())
    return format_html('<details><summary>{}…</summary><div class="whole">{}</div></details>', start, whole)


def _chips(values: Sequence[Any]) -> SafeString:
    if not values:
        return format_html('<span class="blank">{}</span>', "[]")
    chips = format_html_join("", '<span class="chip">{}</span>', ((_brief(value),) for value in values[:CHIPS]))
    rest = len(values) - CHIPS
    return format_html("{}{}", chips, format_html('<span class="more">+{}</span>', rest) if rest > 0 else "")


def _brief(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
