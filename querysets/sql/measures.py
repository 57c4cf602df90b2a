"""Measures of groups: expressions with aggregates in them, looked at before Django joins what they name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, cast

from django.db.models import Count, Q, Subquery
from django.db.models.constants import LOOKUP_SEP
from django.db.models.expressions import BaseExpression
from django.db.models.sql import Query

from querysets.conditions import Cond, all_of
from querysets.scope import Scope, names_in

from .comparisons import by


def is_measure(value: Any) -> bool:
    """Whether there is an aggregate of rows in ``value``, which is not resolved yet."""
    return any(True for _ in _aggregates(value))


def measured(scope: Scope, value: Any, *conditions: Cond) -> Any:
    """The measure ``value`` over the rows that meet ``conditions``; ``scope`` is that of the rows.

    Conditions of its own are resolved with them: on groups, Django would look for the names in them among the keys.
    """
    return with_each(value, lambda aggregate: _measured(scope, aggregate, *conditions))


def with_each(value: Any, change: Callable[[Any], Any]) -> Any:
    """The measure ``value`` with what ``change`` makes of each aggregate in it."""
    if _is_aggregate(value):
        return change(value)
    copy, sources = value.copy(), value.get_source_expressions()
    copy.set_source_expressions([with_each(each, change) if is_measure(each) else each for each in sources])
    return copy


def _measured(scope: Scope, value: Any, *conditions: Cond) -> Any:
    args, given = _arguments(value)
    own = given.pop("filter", None)
    conditions = conditions if own is None else (own, *conditions)
    for source in type(value)(*args, **given).get_source_expressions():
        _check(scope, source)
    if not conditions:
        return value
    if args[0] == "*":  # which Django takes without a filter only
        args = ("pk", *args[1:])
    return type(value)(*args, **given, filter=all_of(scope, *conditions))


def pivoted(scope: Scope, column: str, values: Collection[Any] | None, measure: Any) -> Mapping[str, Any]:
    """The measure over the rows of each value of ``column``, by the name that a column for it has."""
    path = scope.path(column)
    if measure is not None and not is_measure(measure):
        raise TypeError(f"{scope.label}: measure must be an aggregate such as Sum('views'), got {measure!r}")
    if values is None:
        choices = getattr(scope.field(path), "flatchoices", None)
        if not choices:
            raise ValueError(f"{scope.label}: {column!r} has no choices; pass values=[...]")
        values = [choice for choice, _ in choices]
    if isinstance(values, str) or not isinstance(values, Collection):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"{scope.label}: values must be several, such as a list, got {values!r}")
    names = [f"{column.replace(LOOKUP_SEP, '_')}_{_identifier(value)}" for value in values]
    if clash := next((name for name in names if names.count(name) > 1), None):
        same = [value for name, value in zip(names, values, strict=True) if name == clash]
        raise ValueError(f"{scope.label}: {', '.join(map(repr, same))} would all be the column {clash!r}")
    whole = Count("pk") if measure is None else measure
    return {name: measured(scope, whole, by(scope, **{path: value})) for name, value in zip(names, values, strict=True)}


def _identifier(value: Any) -> str:
    """``value`` as the end of an identifier; what cannot stand in one is ``_``, and two of these are one."""
    text = "null" if value is None else str(getattr(value, "value", value))
    letters = (letter if f"a{letter}".isidentifier() else "_" for letter in text)
    return "_".join(filter(None, "".join(letters).split("_"))) or "blank"


def _is_aggregate(value: Any) -> bool:
    return getattr(cast("Any", type(value)), "contains_aggregate", None) is True


def _aggregates(value: Any) -> Iterator[Any]:
    """The aggregates in an expression. Django's own ``contains_aggregate`` is for those that are resolved."""
    if _is_aggregate(value):
        yield value
    elif isinstance(value, BaseExpression) and not isinstance(value, Subquery | Query):
        for source in value.get_source_expressions():
            yield from _aggregates(source)


def _arguments(aggregate: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """What an aggregate was made with: one with another filter must be made anew, as Django tells two by this."""
    args, kwargs = cast("tuple[tuple[Any, ...], dict[str, Any]]", aggregate._constructor_args)  # noqa: SLF001 (what Django compares)
    if isinstance(aggregate, Count) and len(args) > 1:
        args, kwargs = args[:1], {"filter": args[1], **kwargs}
    return args, dict(kwargs)


def _check(scope: Scope, source: Any) -> None:
    """Make sure that the values that are aggregated are one a row."""
    if source is None:
        return
    scope.expression(source)
    for name in names_in(source):
        scope.path(name if name in scope.annotations else name.partition(LOOKUP_SEP)[0])
    if isinstance(source, Q):
        raise TypeError(f"{scope.label}: a condition is no value to aggregate")
