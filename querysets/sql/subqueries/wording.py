"""Values that hang on the texts of a row."""

from __future__ import annotations

from collections.abc import Sequence
from string import Formatter
from typing import Any, Final

from django.db.models import CharField, Func, TextField, Value
from django.db.models.functions import Cast, NullIf

from querysets.scope import Scope
from querysets.sql.expressions import ConcatWs
from querysets.sql.fields import INTEGER, TEXT
from querysets.sql.operands import kind_of, operand
from querysets.sql.values import literal

_WORD: Final = "[^ \t\n\r\f\v]+"  # spelled out: what a space is otherwise hangs on the locale of the database


class _Joined(Func):
    """``a || b``: NULL if either is."""

    template = "(%(expressions)s)"
    arg_joiner = " || "
    output_field = TEXT


class _Matches(Func):
    """``regexp_count(text, pattern)``: how many matches a text has, side by side."""

    function = "REGEXP_COUNT"
    output_field = INTEGER


def joined(scope: Scope, parts: Sequence[Any], sep: str) -> Any:
    """The parts that are neither NULL nor empty, with ``sep`` between them."""
    if not parts:
        raise TypeError(f"{scope.label} needs at least one part")
    return ConcatWs(_literal(scope, "sep", sep), *(_part(scope, part) for part in parts), output_field=TEXT)


def words(scope: Scope, field: str) -> Any:
    """How many words a text has."""
    found = operand(scope, scope.path(field))
    if not isinstance(kind_of(scope, found), CharField | TextField):
        raise TypeError(f"{scope.label}: {field!r} must be a text; annotate a Cast to text")
    return _Matches(found, Value(_WORD))


def _part(scope: Scope, part: Any) -> Any:
    """A field or an expression; or a text with fields in braces, which is NULL if one of them is NULL or empty."""
    if not isinstance(part, str) or not {"{", "}"} & set(part):
        found = operand(scope, part)
        kind_of(scope, found)
        return _present(found)
    try:
        pieces = list(Formatter().parse(part))
    except ValueError as error:
        raise ValueError(f"{scope.label}: {part!r} is no text with fields in braces: {error}") from None
    written: list[Any] = []
    for between, name, spec, conversion in pieces:
        if between:
            written.append(_literal(scope, "a part", between))
        if name is not None:
            if spec or conversion:
                raise ValueError(f"{scope.label}: {part!r}: only names of fields stand in braces")
            written.append(_present(operand(scope, name)))
    return _Joined(*written)


def _present(found: Any) -> Any:
    return NullIf(Cast(found, TEXT), Value("", TEXT))


def _literal(scope: Scope, name: str, given: Any) -> Value:
    return Value(literal(scope, name, given), TEXT)
