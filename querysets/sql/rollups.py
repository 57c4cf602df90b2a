"""Aggregates of related rows: each a correlated subquery with one value for each row."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db.models import (
    Avg,
    Count,
    DurationField,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.constants import LOOKUP_SEP
from django.db.models.functions import Coalesce

from querysets._types import SqlQuery
from querysets.conditions import Cond
from querysets.errors import WrongShape
from querysets.scope import Scope, path_of

from .measures import is_measure, measured
from .operands import measurable
from .relations import Relation, frozen, related


def rollup(rows: QuerySet[Any], aggregate: Any, empty: Any = None) -> Any:
    """``aggregate`` over the correlated ``rows``, ``empty`` where it is NULL; of nothing a count is 0."""
    query: SqlQuery = rows.query
    computed = any(of.contains_over_clause or of.contains_aggregate for of in query.annotations.values())
    if computed or query.group_by is not None:
        rows = frozen(rows)
    one = rows.order_by().annotate(_all=Value(1)).values("_all").annotate(_value=aggregate).values("_value")
    value: Any = Subquery(one)
    none = 0 if isinstance(aggregate, Count) else empty
    return value if none is None else Coalesce(value, Value(_typed(none, value), output_field=value.output_field))


def related_count(rows: QuerySet[Any], *, distinct: str | None = None) -> Any:
    """How many of the correlated ``rows`` there are, 0 for none; or how many different values of ``distinct``."""
    return rollup(rows, Count("*") if distinct is None else Count(distinct, distinct=True))


def rollups(
    scope: Scope, relation: Relation, where: Cond | None, empty: Any, aggregates: Mapping[str, Any]
) -> dict[str, Any]:
    """Each of ``aggregates`` over the related rows, by its alias."""
    if not aggregates:
        raise TypeError(f"{scope.label} needs at least one aggregate: alias=Sum('views')")
    rows = related(scope, relation, *(() if where is None else (where,)))
    there = Scope(rows.model, rows.query, scope.method)
    return {alias: rollup(rows, _checked(there, alias, each), empty) for alias, each in aggregates.items()}


def _checked(there: Scope, alias: str, aggregate: Any) -> Any:
    if not is_measure(aggregate):
        raise TypeError(f"{there.label}: {alias} must be an aggregate such as Sum('views'), got {aggregate!r}")
    return measured(there, aggregate)


def beyond(scope: Scope, function: Any, path: str, conditions: tuple[Cond, ...], default: Any) -> Any:
    """``function`` over the field at the end of ``path``, whose other parts lead to the related rows."""
    relation, _, name = path.rpartition(LOOKUP_SEP)
    rows = related(scope, relation, *conditions) if relation else None
    if rows is None or not path_of(scope.model, relation).to_many:
        scope.path(path)
        raise WrongShape(
            f"{scope.label}: a row has one {path!r}; name a field beyond a to-many relation, such as "
            "'comments__score', or group the rows"
        )
    there = Scope(rows.model, rows.query, scope.method)
    return rollup(rows, function(_summable(there, function, name)), default)


def measure(scope: Scope, function: Any, path: str, condition: Any, default: Any) -> Any:
    """``function`` over a field of the rows of a group."""
    name = _summable(scope, function, path)
    none = timedelta() if default == 0 and isinstance(scope.field(name), DurationField) else default
    return function(name, filter=condition or None, default=none)


def _summable(scope: Scope, function: Any, name: str) -> str:
    """``name`` itself, unless its values cannot be added up though they must be."""
    return measurable(scope, name, "a number or a duration") if function in {Sum, Avg} else scope.path(name)


def _typed(none: Any, value: Any) -> Any:
    return timedelta() if none == 0 and isinstance(value.output_field, DurationField) else none
