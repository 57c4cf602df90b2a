"""What writes make of an array: elements keep their order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import F, Func, Q, Value

from querysets.conditions import NOTHING
from querysets.scope import Scope
from querysets.sql.subqueries.columns import column
from querysets.sql.subqueries.updates import Values

from .arrays import array_at, elements, fits, holds


class Missing(Func):
    """The elements of the first array that the second has not, in their order."""

    template = "ARRAY(SELECT element FROM UNNEST(%(expressions)s, element) IS NULL ORDER BY place)"
    arg_joiner = ") WITH ORDINALITY AS each (element, place) WHERE ARRAY_POSITION("


class Without(Func):
    """The elements of the first array that are not among the second, in their order."""

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


def added(scope: Scope, name: str, values: Sequence[Any]) -> Values:
    """The array with the values that it lacks behind its own."""
    field = _column(scope, name)
    new = Missing(Value(_storable(scope, field, values), field), F(name), output_field=field)
    return {field: Func(F(name), new, function="ARRAY_CAT", output_field=field)}  # to which NULL is empty


def discarded(scope: Scope, name: str, values: Sequence[Any]) -> tuple[Values, Q]:
    """The array without the values, and whether it has one."""
    field = _column(scope, name)
    gone = [value for value in elements(scope, name, list(values)) if fits(field.base_field, value)]
    return {field: Without(F(name), Value(gone, field), output_field=field)}, holds(scope, name, gone, "any")


def renamed(scope: Scope, name: str, old: Any, new: Any) -> tuple[Values, Q]:
    """The array with ``new`` in place of ``old``, and whether it has that."""
    field = _column(scope, name)
    (wanted,), (known,) = _storable(scope, field, [new]), elements(scope, name, [old])
    if known == wanted or not fits(field.base_field, known):
        return {field: F(name)}, NOTHING
    given, element = Value(known, field.base_field), Value(wanted, field.base_field)
    replaced = Func(F(name), given, element, function="ARRAY_REPLACE", output_field=field)
    return {field: Once(replaced, element, output_field=field)}, holds(scope, name, [known], "any")


def _column(scope: Scope, name: str) -> Any:
    array_at(scope, name)
    return column(scope, name)


def _storable(scope: Scope, field: Any, values: Sequence[Any]) -> list[Any]:
    if not values:
        raise TypeError(f"{scope.label} needs at least one element")
    wanted = elements(scope, field.name, list(values))
    for value in wanted:
        if not fits(field.base_field, value):
            raise ValueError(f"{scope.label}: {value!r} is no element that {field.name!r} can hold")
    return wanted
