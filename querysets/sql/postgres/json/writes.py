"""What writes make of a document, each as an expression over it and the condition that it can be so written.

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
from querysets.sql.subqueries.changes import Change, column
from querysets.sql.values import counted

from .conditions import Place, exists_at
from .documents import Path, Steps, document_at, dumped, number, steps_of
from .expressions import DECIMAL, JSON, TEXTS, Document, Operator, TypeOf, at, object_at, only_if
from .values import Number

_EMPTY: Final = {"object": "{}", "array": "[]"}


class Last(Func):
    """The elements of an array that a path names."""

    function = "JSONB_PATH_QUERY_ARRAY"
    template = "%(function)s(%(expressions)s::jsonpath)"
    output_field = JSON


class Removed(Func):
    """A document without what is at a path; a path without steps removes nothing."""

    template = "(%(expressions)s)"
    arg_joiner = " #- "
    output_field = JSON


def merged(scope: Scope, patch: Any, field: str | None) -> Change:
    name = column(scope, document_at(scope, field)).name
    if not isinstance(patch, Mapping):
        raise TypeError(f"{scope.label}: patch must be an object, got {patch!r}")
    whole = Operator(_whole(name), "||", Document(dumped(scope, patch, scope.field(name))), output_field=JSON)
    return Change(name, whole, _is_object(name) if patch else conditions.NOTHING)


def placed(scope: Scope, path: Path, value: Any, field: str | None) -> Change:
    name = column(scope, document_at(scope, field)).name
    return _set(name, _steps(scope, path), Document(dumped(scope, value, scope.field(name))))


def raised(scope: Scope, path: Path, by: Any, field: str | None) -> Change:
    name = column(scope, document_at(scope, field)).name
    steps, step = _steps(scope, path), Value(Decimal(number(scope, by)), DECIMAL)
    there = at(F(name), steps)
    now = Coalesce(only_if("number", there, Number(there), output_field=DECIMAL), Value(Decimal(0)))
    return _set(name, steps, Func(now + step, function="TO_JSONB", output_field=JSON))


def appended(scope: Scope, path: Path, value: Any, keep: int | None, field: str | None) -> Change:
    name = column(scope, document_at(scope, field)).name
    steps, element = _steps(scope, path), Document(dumped(scope, [value], scope.field(name)))
    longer: Any = Operator(_container(name, steps, "array"), "||", element, output_field=JSON)
    if keep is not None:
        longer = Last(longer, Value(f"$[last - {counted(scope, 'keep', keep, least=1) - 1} to last]"))
    change = _set(name, steps, longer)
    return change._replace(where=change.where & _is_no(at(F(name), steps), "object"))


def removed(scope: Scope, paths: Sequence[Path], field: str | None) -> Change:
    """From the last element of an array to the first, so that none has moved before its turn."""
    name = column(scope, document_at(scope, field)).name
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
    return Change(name, Removed(_whole(name), *there), _is_object(name) & found, surely=True)


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


def _set(name: str, steps: Steps, value: Any) -> Change:
    """The document with ``value`` at the path, from the last step outwards."""
    ways = [_is_no(at(F(name), steps[:place]), _other(steps[place])) for place in range(1, len(steps))]
    for place in reversed(range(len(steps))):
        step, within = steps[place], steps[:place]
        around = _container(name, within, _kind(step)) if within else _whole(name)
        value = Func(around, Value([str(step)], TEXTS), value, function="JSONB_SET", output_field=JSON)
    return Change(name, value, Q(*ways, _is_object(name)))


def _kind(step: str | int) -> str:
    return "array" if isinstance(step, int) else "object"


def _other(step: str | int) -> str:
    return "object" if isinstance(step, int) else "array"


def _whole(name: str) -> Any:
    """The document, once it is an object."""
    return object_at(name, default=Document("{}"))


def _container(name: str, steps: Steps, kind: str) -> Any:
    """What is at a path, once it is a container of the kind."""
    return only_if(kind, at(F(name), steps), default=Document(_EMPTY[kind]))


def _is_object(name: str) -> Q:
    return Q(Operator(Coalesce(TypeOf(F(name)), Value("object")), "=", Value("object")))


def _is_no(value: Any, kind: str) -> Q:
    return Q(Operator(Coalesce(TypeOf(value), Value("null")), "<>", Value(kind)))
