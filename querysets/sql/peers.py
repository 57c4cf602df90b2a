"""A row and the rows of its group: what they have together, and which rows stand out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal, TypeAlias

from django.db.models import Avg, Count, F, FloatField, Max, Min, Q, Sum
from django.db.models.functions import Cast, Ln

from querysets._types import SqlQuery
from querysets.kinds import group_keys
from querysets.scope import Scope

from .derived import fixed
from .expressions import ratio
from .measures import is_measure, measured
from .quantiles import Sorted
from .values import amount, counted, one_of
from .windows import (
    AvgOver,
    CountOver,
    DeviationOver,
    MaxOver,
    MinOver,
    Names,
    SumOver,
    names,
    number,
    over,
    placed,
)

Stat: TypeAlias = Literal["avg", "median", "min", "max"]
Method: TypeAlias = Literal["iqr", "sigma"]

_PLAIN: Final[dict[Any, Any]] = {Avg: AvgOver, Count: CountOver, Max: MaxOver, Min: MinOver, Sum: SumOver}


def together(scope: Scope, value: Any, per: Names) -> Any:
    """The aggregate ``value`` of the rows that share ``per``, beside each of them."""
    if not is_measure(value):
        raise TypeError(f"{scope.label} takes aggregates: alias=Max('rating'), got {value!r}")
    return placed(scope, _beside(scope, value, per))


def _beside(scope: Scope, value: Any, per: Names) -> Any:
    kind: Any = type(value)
    if getattr(kind, "contains_aggregate", None) is not True:
        copy, sources = value.copy(), value.get_source_expressions()
        copy.set_source_expressions([_beside(scope, each, per) if is_measure(each) else each for each in sources])
        return copy
    if not getattr(value, "window_compatible", False) or getattr(value, "distinct", False):
        raise TypeError(
            f"{scope.label}: PostgreSQL computes {kind.__name__}() for groups, not beside each row; group the "
            "rows, or see above_peers() and outliers()"
        )
    return over(scope, _plain(scope, value), per)


def _plain(scope: Scope, value: Any) -> Any:
    """An aggregate of rows as it is; one of groups as a function that Django lets stand over their measures."""
    if scope.query is None or group_keys(scope.query) is None:
        return measured(scope, value)
    source, *others = value.get_source_expressions()
    if type(value) not in _PLAIN or any(each is not None for each in others):
        raise TypeError(f"{scope.label}: groups take Sum, Avg, Max, Min and Count without a filter, got {value!r}")
    return _PLAIN[type(value)](scope.expression(source))


def above(scope: Scope, query: SqlQuery, field: str, per: Names, *, stat: Stat, factor: Any, others: bool) -> SqlQuery:
    """``query``, which picks rows, narrowed to those whose ``field`` is above ``factor`` times that of their peers."""
    one_of(scope, "stat", stat, ("avg", "median", "min", "max"))
    amount(scope, "factor", factor, 0)
    groups = tuple(scope.path(name) for name in names(per))
    query = _of_present(query, number(scope, field), field)
    query.add_annotation(_stat(scope, field, groups, stat, others=others) * float(factor), "_peers", select=False)
    query.add_q(Q(_value__gt=F("_peers")))
    return query


def _of_present(query: SqlQuery, value: Any, field: str) -> SqlQuery:
    """The rows that have a value, as ``_value``; windows of the chain keep those that they have."""
    query = fixed(query)
    query.add_q(Q((f"{field}__isnull", False)))
    query.add_annotation(Cast(value, FloatField()), "_value", select=False)
    return query


def _stat(scope: Scope, field: str, per: Sequence[str], stat: Stat, *, others: bool) -> Any:
    value = F(field)
    if stat == "avg" and others:
        return ratio(over(scope, SumOver(value), per) - value, over(scope, CountOver(value), per) - 1)
    if stat == "avg":
        return Cast(over(scope, AvgOver(value), per), FloatField())
    if stat == "median":
        return Sorted(Cast(value, FloatField()), per).quantile(0.5, others=others)
    if others:
        return Sorted(Cast(value, FloatField()), per).other_extreme(greatest=stat == "max")
    return Cast(over(scope, (MaxOver if stat == "max" else MinOver)(value), per), FloatField())


def outliers(
    scope: Scope, query: SqlQuery, field: str, per: Names, *, method: Method, k: Any, min_n: int, log: bool
) -> SqlQuery:
    """``query``, which picks rows, narrowed to those that lie far from the others of their group."""
    one_of(scope, "method", method, ("iqr", "sigma"))
    amount(scope, "k", k, 0)
    counted(scope, "min_n", min_n, least=1)
    groups = tuple(scope.path(name) for name in names(per))
    number(scope, field)
    query = fixed(query)
    query.add_q(Q((f"{field}__gt", 0)) if log else Q((f"{field}__isnull", False)))
    value = Cast(F(field), FloatField())
    query.add_annotation(Ln(value) if log else value, "_value", select=False)
    low, high, many = _fences(scope, Ln(value) if log else value, groups, method, float(k))
    for alias, expression in (("_low", low), ("_high", high), ("_many", many)):
        query.add_annotation(expression, alias, select=False)
    query.add_q(Q(_many__gte=min_n) & (Q(_value__lt=F("_low")) | Q(_value__gt=F("_high"))))
    return query


def _fences(scope: Scope, value: Any, per: Sequence[str], method: Method, k: float) -> tuple[Any, Any, Any]:
    """Below and above what a value is an outlier, and how many values there are."""
    if method == "sigma":
        mean, spread = over(scope, AvgOver(value), per), over(scope, DeviationOver(value), per) * k
        return mean - spread, mean + spread, over(scope, CountOver(value), per)
    values = Sorted(value, per)
    lower, upper = values.quantile(0.25), values.quantile(0.75)
    return lower - (upper - lower) * k, upper + (upper - lower) * k, values.count
