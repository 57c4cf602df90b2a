"""What writes make of an array: elements keep their order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import F, Func, Q, Value

from querysets.conditions import NOTHING
from querysets.scope import Scope
from querysets.sql.subqueries.changes import Change, column

from .arrays import array_at, elements, fits, holds


class Missing(Func):
    """The elements of the first array that the second has not, in their order."""

    template = "ARRAY(SELECT element FROM UNNEST(%(expressions)s, element) IS NULL ORDER BY place)"
    arg_joiner = ") WITH ORDINALITY AS each (element, place) WHERE ARRAY_POSITION("


class Without(Func):
    """The elements of the first array that are not among the second."""

    template = "ARRAY(SELECT element FROM UNNEST(%(expressions)s)) IS NOT TRUE ORDER BY place)"
    arg_joiner = ") WITH ORDINALITY AS each (element, place) WHERE (element = ANY("


class Once(Func):
    """An array in which the element that is given as second stands at its first place only."""

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **context: Any) -> Any:
        (array, params), (value, values) = map(compiler.compile, self.get_source_expressions())
        which = f"element IS DISTINCT FROM {value} OR place = ARRAY_POSITION({array}, {value})"
        each = f"UNNEST({array}) WITH ORDINALITY AS each (element, place)"
        sql = f"ARRAY(SELECT element FROM {each} WHERE {which} ORDER BY place)"  # noqa: S608 (of expressions)
        return sql, (*params, *values, *params, *values)


def added(scope: Scope, name: str, values: Sequence[Any]) -> Change:
    field, wanted = _column(scope, name), Value(_storable(scope, name, values), array_at(scope, name))
    new = Missing(wanted, F(name), output_field=field)
    longer = Func(F(name), new, function="ARRAY_CAT", output_field=field)  # to which NULL is empty
    return Change(name, longer, Q())


def discarded(scope: Scope, name: str, values: Sequence[Any]) -> Change:
    field = _column(scope, name)
    gone = [value for value in elements(scope, name, list(values)) if fits(field.base_field, value)]
    left = Without(F(name), Value(gone, field), output_field=field)
    return Change(name, left, holds(scope, name, gone, "any"), surely=True)


def renamed(scope: Scope, name: str, old: Any, new: Any) -> Change:
    field = _column(scope, name)
    (wanted,) = _storable(scope, name, [new])
    known = [value for value in elements(scope, name, [old]) if fits(field.base_field, value) and value != wanted]
    if not known:
        return Change(name, F(name), NOTHING, surely=True)
    element = Value(wanted, field.base_field)
    replaced = Func(F(name), Value(known[0], field.base_field), element, function="ARRAY_REPLACE", output_field=field)
    once = Once(replaced, element, output_field=field)
    return Change(name, once, holds(scope, name, known, "all"), surely=True)


def _column(scope: Scope, name: str) -> Any:
    array_at(scope, name)
    return column(scope, name)


def _storable(scope: Scope, name: str, values: Sequence[Any]) -> list[Any]:
    field = array_at(scope, name).base_field
    if not values:
        raise TypeError(f"{scope.label} needs at least one element")
    wanted = elements(scope, name, list(values))
    for value in wanted:
        if not fits(field, value):
            raise ValueError(f"{scope.label}: {value!r} is no element that {name!r} can hold")
    return wanted
