"""A row and the rows of its group: what they have together, and which rows stand out."""

from __future__ import annotations

from typing import Any, Final, Literal, TypeAlias

from django.db.models import Avg, Count, F, Max, Min, Q, Sum
from django.db.models.functions import Cast, Ln

from querysets._types import SqlQuery
from querysets.kinds import group_keys
from querysets.scope import Scope
from querysets.sql.aggregates.quantiles import (
    MANY,
    VALUE,
    extreme_of_others,
    median,
    median_of_others,
    placed_by,
    quantile,
)
from querysets.sql.aggregates.windows import (
    AvgOver,
    CountOver,
    DeviationOver,
    MaxOver,
    MinOver,
    Names,
    SumOver,
    number,
    over,
    placed,
)
from querysets.sql.derived import fixed
from querysets.sql.expressions import ratio
from querysets.sql.fields import FLOAT
from querysets.sql.measures import is_measure, measured, with_each
from querysets.sql.values import amount, counted, names, one_of

Stat: TypeAlias = Literal["avg", "median", "min", "max"]
Method: TypeAlias = Literal["iqr", "sigma"]

_STATS: Final[dict[str, Any]] = {"avg": AvgOver, "min": MinOver, "max": MaxOver}
_PLAIN: Final[dict[Any, Any]] = {Avg: AvgOver, Count: CountOver, Max: MaxOver, Min: MinOver, Sum: SumOver}


def together(scope: Scope, value: Any, per: Names) -> Any:
    """The aggregate ``value`` of the rows that share ``per``, beside each of them."""
    if not is_measure(value):
        raise TypeError(f"{scope.label} takes aggregates: alias=Max('rating'), got {value!r}")
    return placed(scope, with_each(value, lambda aggregate: _beside(scope, aggregate, per)))


def _beside(scope: Scope, value: Any, per: Names) -> Any:
    if not getattr(value, "window_compatible", False) or getattr(value, "distinct", False):
        raise TypeError(
            f"{scope.label}: PostgreSQL computes {type(value).__name__}() for groups, not beside each row; group the "
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
    groups = tuple(scope.path(name) for name in names(scope, "per", per))
    value = number(scope, field)
    query = fixed(query)  # or the next condition would change the windows of the chain
    query.add_q(Q((f"{field}__isnull", False)))
    if others and stat == "avg":
        total, many = over(scope, SumOver(value), groups), over(scope, CountOver(value), groups)
        found = ratio(total - value, many - 1)
    elif stat in _STATS and not others:
        found = Cast(over(scope, _STATS[stat](value), groups), FLOAT)
    else:
        query = placed_by(query, value, groups)
        found = _placed(stat, groups, others=others)
    if VALUE not in query.annotations:
        query.add_annotation(Cast(value, FLOAT), VALUE, select=False)
    query.add_annotation(found if factor == 1 else found * float(factor), "_peers", select=False)
    query.add_q(Q((f"{VALUE}__gt", F("_peers"))))
    return query


def _placed(stat: Stat, per: tuple[str, ...], *, others: bool) -> Any:
    if stat != "median":
        return extreme_of_others(per, greatest=stat == "max")
    return median_of_others(per) if others else median(per)


def outliers(
    scope: Scope, query: SqlQuery, field: str, per: Names, *, method: Method, k: Any, min_n: int, log: bool
) -> SqlQuery:
    """``query``, which picks rows, narrowed to those that lie far from the others of their group."""
    one_of(scope, "method", method, ("iqr", "sigma"))
    amount(scope, "k", k, 0)
    counted(scope, "min_n", min_n, least=1)
    groups = tuple(scope.path(name) for name in names(scope, "per", per))
    value = number(scope, field)
    query = fixed(query)  # as above
    query.add_q(Q((f"{field}__gt", 0)) if log else Q((f"{field}__isnull", False)))
    query = placed_by(query, Ln(Cast(value, FLOAT)) if log else value, groups)
    low: Any
    high: Any
    spread: Any
    if method == "iqr":
        query = fixed(query, _lower=quantile(0.25, groups), _upper=quantile(0.75, groups))
        low, high, spread = F("_lower"), F("_upper"), F("_upper") - F("_lower")
    else:
        mean = over(scope, AvgOver(F(VALUE)), groups)
        low, high, spread = mean, mean, over(scope, DeviationOver(F(VALUE)), groups)
    query.add_annotation(low - spread * float(k), "_low", select=False)
    query.add_annotation(high + spread * float(k), "_high", select=False)
    query.add_q(Q((f"{VALUE}__lt", F("_low"))) | Q((f"{VALUE}__gt", F("_high"))))
    if min_n > 1:
        query.add_q(Q((f"{MANY}__gte", min_n)))
    return query
