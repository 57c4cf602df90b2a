"""Bodies of the conditions that compare values."""

from __future__ import annotations

from collections.abc import Collection, KeysView, Mapping, ValuesView
from typing import Any, cast

from django.contrib.postgres.fields import ArrayField
from django.db.models import Exists, JSONField, OuterRef, Q, QuerySet

from querysets import conditions
from querysets._types import SqlQuery
from querysets.conditions import NOTHING, Cond, negated
from querysets.scope import Scope

from .values import storable

_LISTS = (list, tuple, range, KeysView, ValuesView)


def by(scope: Scope, **values: Any) -> Q:
    return Q(*[_equals(scope, scope.path(name), value) for name, value in values.items()])


def excluding(scope: Scope, **values: Any) -> Q:
    if not values:
        return Q()
    return negated(scope, by(scope, **{name: _without_none(value) for name, value in values.items()}))


def at_least(scope: Scope, **values: Any) -> Q:
    return _compared(scope, "gte", values)


def at_most(scope: Scope, **values: Any) -> Q:
    return _compared(scope, "lte", values)


def above(scope: Scope, **values: Any) -> Q:
    return _compared(scope, "gt", values)


def below(scope: Scope, **values: Any) -> Q:
    return _compared(scope, "lt", values)


def within(scope: Scope, **ranges: tuple[Any, Any]) -> Q:
    bounds: list[Any] = []
    for name, pair in ranges.items():
        path = scope.path(name)
        try:
            low, high = pair
        except (TypeError, ValueError):
            raise ValueError(
                f"{scope.label}: {name} must be a pair (low, high), None for an open end, got {pair!r}"
            ) from None
        if low is None and high is None:
            bounds.append((f"{path}__isnull", False))
        elif low is not None and high is not None:
            bounds.append((f"{path}__range", (scope.value(path, low), scope.value(path, high))))
        else:
            bounds.append(
                (f"{path}__lte", scope.value(path, high)) if low is None else (f"{path}__gte", scope.value(path, low))
            )
    return Q(*bounds)


def any_of(scope: Scope, *given: Cond, union: bool = False) -> Q:
    if not union or not given[1:]:
        return conditions.any_of(scope, *given)
    plain = Scope(scope.model, None, scope.method)  # each branch is a query of its own: annotations are not there
    first, *others = (
        scope.model._base_manager.order_by().filter(conditions.resolve(plain, each)).values("pk") for each in given
    )
    return Q((f"{scope.path('pk')}__in", first.union(*others)))


def _compared(scope: Scope, lookup: str, values: Mapping[str, Any]) -> Q:
    for name, value in values.items():
        if value is None:
            raise ValueError(f"{scope.label}: {name} cannot be compared with None; by({name}=None) finds NULL")
    return Q(*[(f"{scope.path(name)}__{lookup}", scope.value(name, value)) for name, value in values.items()])


def _equals(scope: Scope, name: str, value: Any) -> Any:
    """The condition as a child of a ``Q``."""
    if value is None:
        return (f"{name}__isnull", True)
    if isinstance(value, QuerySet):
        return _among_rows(name, value)  # pyright: ignore[reportUnknownArgumentType]
    if _is_collection(scope, name, value):
        members = [scope.value(name, each) for each in value if each is not None and not _unstorable(each)]
        found = Q((f"{name}__in", members)) if members else NOTHING
        return found | Q((f"{name}__isnull", True)) if None in value else found
    return NOTHING if _unstorable(value) else (name, scope.value(name, value))


def _among_rows(name: str, rows: QuerySet[Any, Any]) -> Q:
    """EXISTS where the subquery can be narrowed to the row, so that its complement is NOT EXISTS and not NOT IN."""
    query: SqlQuery = rows.query
    if query.is_sliced or query.combinator or query.group_by is not None:
        return Q((f"{name}__in", rows))
    chosen: tuple[str, ...] = () if query.default_cols else (*query.values_select, *query.annotation_select)
    return Q(Exists(rows.order_by().filter(**{chosen[0] if chosen else "pk": OuterRef(name)})))


def _is_collection(scope: Scope, name: str, value: Any) -> bool:
    """Whether ``value`` lists alternatives: always a set, and a list unless the field itself holds lists."""
    if isinstance(value, (str, int, float)):
        return False
    if isinstance(value, (set, frozenset)):
        return True
    if isinstance(value, (bytes, Mapping)) or not hasattr(value, "__iter__") or hasattr(value, "resolve_expression"):
        return False
    if not hasattr(value, "__len__"):
        raise TypeError(f"{scope.label}: {name} wants a list, tuple or set of values, got {value!r}")
    return isinstance(value, _LISTS) and not isinstance(scope.field(name), ArrayField | JSONField)


def _without_none(value: Any) -> Any:
    if not isinstance(value, (*_LISTS, set, frozenset)):
        return value
    return [member for member in cast("Collection[Any]", value) if member is not None]


def _unstorable(value: Any) -> bool:
    """A text with a NUL byte or half a surrogate pair equals no text that PostgreSQL can hold."""
    return isinstance(value, str) and not storable(value)
