"""Passages around the words that were found, as HTML that is safe whatever the text says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from django.db.models import F, Func, TextField, Value
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from querysets.scope import Scope
from querysets.sql.filters.text import text_name
from querysets.sql.values import counted

from .search import Part, Sought, each, parts

START, STOP = "\ue000", "\ue001"  # private characters, taken out of the text before they mark anything in it
LEAST: Final = 15  # words, as in PostgreSQL


if TYPE_CHECKING:
    _Text = TextField[Any, Any]
else:
    _Text = TextField


class HeadlineField(_Text):
    """Text with marks, read as HTML: all that the text says is escaped before the marks become tags."""

    def from_db_value(self, value: str | None, *_: Any) -> SafeString | None:
        if value is None:
            return None
        return mark_safe(escape(value).replace(START, "<mark>").replace(STOP, "</mark>"))  # noqa: S308 (escaped here)


def headline(scope: Scope, sought: Sought, field: str, *, words: int | None, fragments: int) -> Any:
    """The passage of ``field`` in which the words of the query stand closest together."""
    document: Any = Func(F(text_name(scope, field)), Value(START + STOP), Value(""), function="TRANSLATE")
    options = Value(_options(scope, words, fragments))

    def marked(part: Part) -> Any:
        sides = (part.config, document, part.query, options)
        return cast("Any", Func)(*sides, function="TS_HEADLINE", output_field=HeadlineField())

    return each(parts(scope, sought), marked)


def _options(scope: Scope, words: int | None, fragments: int) -> str:
    marks = f'StartSel="{START}", StopSel="{STOP}"'
    if words is None:
        return f"{marks}, HighlightAll=true"
    most, times = counted(scope, "words", words, least=2), counted(scope, "fragments", fragments)
    if max(most, times) > 10**6:
        raise ValueError(f"{scope.label}: words and fragments are at most {10**6}, got {most} and {times}")
    pieces = f', MaxFragments={times}, FragmentDelimiter=" … "' if times else ""
    return f"{marks}, MaxWords={most}, MinWords={min(LEAST, most - 1)}{pieces}"
