"""A text as it is sorted by people: numbers in it by their value."""

from __future__ import annotations

from typing import Any, Final, cast

from django.db.models import F, Func, TextField, Value
from django.db.models.expressions import OrderBy

from querysets.errors import WrongShape
from querysets.kinds import shape_of
from querysets.scope import Scope
from querysets.sql.filters.text import text_name
from querysets.sql.ordering import orderable, tie_break

DIGITS: Final = 20  # what a number of 64 bits has


def natural(scope: Scope, key: str) -> list[str | OrderBy]:
    """ORDER BY terms by ``key``, ``-`` for descending."""
    if scope.query is not None and shape_of(scope.query) == "combined":
        raise WrongShape(f"{scope.label}: the rows of a union are ordered by their own columns, and this is computed")
    name = orderable(scope, text_name(scope, key.removeprefix("-")))
    longer = _replaced(F(name), "([0-9]+)", "0" * DIGITS + r"\1")
    padded = _replaced(longer, f"0*([0-9]{{{DIGITS},}})", r"\1")
    term = padded.desc(nulls_last=True) if key.startswith("-") else padded.asc()
    return [term, *tie_break(scope.query, [f"-{name}"] if key.startswith("-") else [])]


def _replaced(text: Any, pattern: str, new: str) -> Any:
    parts = (text, Value(pattern), Value(new), Value("g"))
    return cast("Any", Func)(*parts, function="REGEXP_REPLACE", output_field=TextField())
