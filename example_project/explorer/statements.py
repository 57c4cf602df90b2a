"""SQL statements as HTML: laid out in lines, coloured, long lists of columns folded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import sqlparse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from sqlparse import tokens as kinds
from sqlparse.exceptions import SQLParseError

from .highlighting import Token, markup

WIDTH: Final = 96
LONGEST_LITERAL: Final = 200
COLUMNS_SHOWN, COLUMNS_FOLDED = 4, 5  # at the least
LIST_ENDS: Final = {"FROM", "HAVING", "ORDER BY", "LIMIT", ")", ""}
CLASSES: Final = (
    (kinds.Keyword, "k"),
    (kinds.Name.Builtin, "k"),
    (kinds.Literal.String.Symbol, "n"),  # a name in double quotes
    (kinds.Name, "n"),
    (kinds.Literal.String, "s"),
    (kinds.Literal.Number, "d"),
    (kinds.Comment, "c"),
    (kinds.Operator, "o"),
)


def sql(statement: str) -> SafeString:
    """One statement."""
    try:
        tokens = [*_tokens(sqlparse.format(statement, reindent=True, wrap_after=WIDTH))]
    except (SQLParseError, RecursionError):  # too long or too deep for sqlparse
        tokens = [("", statement)]
    parts, at = [], 0
    for start, end in _long_lists(tokens):
        after = _next_line(tokens, end)
        number = sum(text == "," for _, text in tokens[start : end - 1]) + 1
        fold = '<details class="fold"><summary>{} more columns</summary>{}</details>'
        parts += [markup(tokens[at:start]), format_html(fold, number, markup(tokens[_next_word(tokens, start) : end]))]
        at = after
    return format_html_join("", "{}", ((part,) for part in [*parts, markup(tokens[at:])]))


def _tokens(statement: str) -> Iterator[Token]:
    parsed: tuple[Any, ...] = sqlparse.parse(statement)
    flat = [token for each in parsed for token in each.flatten()]
    for token, after in zip(flat, [*(token.value for token in flat[1:]), ""], strict=True):
        kind = next((name for kind, name in CLASSES if token.ttype in kind), "")
        if kind == "n":  # the table before a column is mostly noise
            kind = "q" if after == "." else "f" if after == "(" else ""
        yield kind, _shortened(token.value) if kind == "s" else token.value


def _shortened(literal: str) -> str:
    if len(literal) <= LONGEST_LITERAL:
        return literal
    return f"{literal[: LONGEST_LITERAL // 2]}… {len(literal) - LONGEST_LITERAL // 2:,} characters more'"


def _long_lists(tokens: list[Token]) -> Iterator[tuple[int, int]]:
    """Where each list of many plain columns is to be folded: after the first few, up to the last."""
    commas: list[int] = []
    listing = False
    for place, (kind, text) in enumerate([*tokens, ("", "")]):
        if kind == "k" and text.upper() in {"SELECT", "DISTINCT", "GROUP BY"}:
            listing, commas = True, []
        elif listing and text == ",":
            commas.append(place)
        elif listing and (kind not in {"", "q"} or text in {"(", ")", ""}):
            listing = False
            # A list that goes on with an expression is folded up to the last comma.
            if len(commas) >= COLUMNS_SHOWN + COLUMNS_FOLDED:
                end = _last_word(tokens, place) if text.upper() in LIST_ENDS else commas[-1] + 1
                yield commas[COLUMNS_SHOWN - 1] + 1, end


def _last_word(tokens: list[Token], end: int) -> int:
    while tokens[end - 1][1].isspace():
        end -= 1
    return end


def _next_word(tokens: list[Token], start: int) -> int:
    while start < len(tokens) and tokens[start][1].isspace():
        start += 1
    return start


def _next_line(tokens: list[Token], start: int) -> int:
    """The place after the line breaks that follow: the fold is a block and breaks the line itself."""
    word = _next_word(tokens, start)
    return max((place + 1 for place in range(start, word) if "\n" in tokens[place][1]), default=start)
