"""What writes make of a document, as an expression over it.

A document that is NULL is taken for an empty object; one that is an array or a single value is left alone. What is on
the way to a path is made if it is missing, and replaced if it is a single value; an object in place of an array, or an
array in place of an object, is left alone with its document.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, cast

from django.db.models import Case, F, Func, Q, Value, When
from django.db.models.functions import Coalesce
from django.db.models.lookups import IsNull

from querysets import conditions
from querysets.scope import Scope
from querysets.sql.expressions import Operator
from querysets.sql.fields import DECIMAL, JSON, TEXTS
from querysets.sql.subqueries.columns import column
from querysets.sql.subqueries.updates import Values
from querysets.sql.values import counted

from .conditions import Place, exists_at
from .documents import Path, Steps, document_at, dumped, number, steps_of
from .expressions import Document, TypeOf, at, is_a, only_if
from .values import Number

_EMPTY: Final = {"object": "{}", "array": "[]"}


class Last(Func):
    """The elements of an array that a path names."""

    function = "JSONB_PATH_QUERY_ARRAY"
    template = "%(function)s(%(expressions)s::jsonpath)"
    output_field = JSON


def merged(scope: Scope, patch: Any, field: str | None) -> Values:
    """The document with the values of ``patch`` under its keys."""
    written, name = _column(scope, field)
    if not isinstance(patch, Mapping):
        raise TypeError(f"{scope.label}: patch must be an object, got {patch!r}")
    whole = Operator(_whole(name), "||", Document(dumped(scope, patch, written)), output_field=JSON)
    return _of_objects(written, whole if patch else F(name))


def placed(scope: Scope, path: Path, value: Any, field: str | None) -> Values:
    """The document with a value at a path."""
    written, _ = _column(scope, field)
    return _set(written, _steps(scope, path), Document(dumped(scope, value, written)))


def raised(scope: Scope, path: Path, by: Any, field: str | None) -> Values:
    """The document with a number at a path, and more by ``by``."""
    written, name = _column(scope, field)
    steps, step = _steps(scope, path), Value(Decimal(number(scope, by)), DECIMAL)
    there = at(F(name), steps)
    now = Coalesce(only_if("number", there, Number(there), output_field=DECIMAL), Value(Decimal(0)))
    return _set(written, steps, Func(now + step, function="TO_JSONB", output_field=JSON))


def appended(scope: Scope, path: Path, value: Any, keep: int | None, field: str | None) -> Values:
    """The document with an array at a path, and at its end a value."""
    written, name = _column(scope, field)
    steps, element = _steps(scope, path), Document(dumped(scope, [value], written))
    longer: Any = Operator(_container(name, steps, "array"), "||", element, output_field=JSON)
    if keep is not None:
        longer = Last(longer, Value(f"$[last - {counted(scope, 'keep', keep, least=1) - 1} to last]"))
    return _set(written, steps, longer, _is_no(at(F(name), steps), "object"))


def removed(scope: Scope, paths: Sequence[Path], field: str | None) -> tuple[Values, Q]:
    """The document without what is at the paths, and whether there is something at one of them.

    From the last element of an array to the first, so that none has moved before its turn.
    """
    written, name = _column(scope, field)
    if not paths:
        raise TypeError(f"{scope.label} needs at least one path")
    given = sorted({steps_of(scope, path) for path in paths}, key=_place, reverse=True)
    if any(isinstance(step, int) and step < 0 for steps in given for step in steps):
        raise ValueError(f"{scope.label}: an index is counted from the start of the array, 0 or more, got {paths!r}")
    nothing = Value(cast("list[str]", []), TEXTS)
    there = [
        Case(When(IsNull(at(F(name), steps), False), then=Value(list(map(str, steps)), TEXTS)), default=nothing)  # noqa: FBT003
        for steps in given
    ]
    found = conditions.any_of(scope, *(exists_at(Place(scope, name, steps)) for steps in given))
    # a path without steps removes nothing
    return {written: Operator(F(name), "#-", *there, output_field=JSON)}, is_a(F(name), "object") & found


def _column(scope: Scope, field: str | None) -> tuple[Any, str]:
    """The column of the document, and its name."""
    name = document_at(scope, field)
    return column(scope, name), name


def _steps(scope: Scope, path: Path) -> Steps:
    """The steps of a path that can be written: documents are objects."""
    steps = steps_of(scope, path)
    if isinstance(steps[0], int):
        raise ValueError(  # noqa: TRY004 (it is of a type that paths have)
            f"{scope.label}: a path begins with a key, for documents that are arrays are left alone"
        )
    return steps


def _place(steps: Steps) -> tuple[tuple[bool, str | int], ...]:
    return tuple((isinstance(step, int), step) for step in steps)


def _set(written: Any, steps: Steps, value: Any, *also: Q) -> Values:
    """The document with ``value`` at the path, from the last step outwards."""
    name = written.name
    ways = [_is_no(at(F(name), steps[:place]), _other(steps[place])) for place in range(1, len(steps))]
    for place in reversed(range(len(steps))):
        step, within = steps[place], steps[:place]
        around = _container(name, within, _kind(step)) if within else _whole(name)
        value = Func(around, Value([str(step)], TEXTS), value, function="JSONB_SET", output_field=JSON)
    return _of_objects(written, value, *ways, *also)


def _of_objects(written: Any, value: Any, *also: Q) -> Values:
    """``value`` for the documents that are objects, and of which ``also`` is true; the others as they are."""
    name = written.name
    fits = Q(*also, _is_object(name))
    return {written: Case(When(fits, then=value), default=F(name), output_field=JSON)}


def _kind(step: str | int) -> str:
    return "array" if isinstance(step, int) else "object"


def _other(step: str | int) -> str:
    return "object" if isinstance(step, int) else "array"


def _whole(name: str) -> Any:
    """The document; NULL is an empty one."""
    return Coalesce(F(name), Document("{}"))


def _container(name: str, steps: Steps, kind: str) -> Any:
    """What is at a path, once it is a container of the kind."""
    return only_if(kind, at(F(name), steps), default=Document(_EMPTY[kind]))


def _is_object(name: str) -> Q:
    return Q(Operator(Coalesce(TypeOf(F(name)), Value("object")), "=", Value("object")))


def _is_no(value: Any, kind: str) -> Q:
    return Q(Operator(Coalesce(TypeOf(value), Value("null")), "<>", Value(kind)))
