"""Quantiles beside rows. PostgreSQL takes no OVER on ``percentile_cont``, so they are found by the places of values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Avg, Case, Count, F, Max, Min, Q, When, Window
from django.db.models.functions import Cast, Ceil, Floor, RowNumber
from django.db.models.lookups import GreaterThan, In, LessThan

from querysets._types import SqlQuery
from querysets.sql.derived import fixed
from querysets.sql.fields import FLOAT

VALUE, PLACE, MANY = "_value", "_place", "_many"
OFFSET: Any = F(PLACE) * 2 - F(MANY)  # 1 in the very middle of an odd number, 0 and 2 in that of an even one


def placed_by(query: SqlQuery, value: Any, per: Sequence[str]) -> SqlQuery:
    """``query``, which picks rows that have a value, with the value, its place in the group, and how many there are."""
    query = query.clone()
    query.add_annotation(Cast(value, FLOAT), VALUE, select=False)
    groups = [F(name) for name in per] or None
    place = Window(RowNumber(), groups, F(VALUE).asc())  # equal values may change places
    return fixed(query, **{PLACE: place, MANY: Window(Count("*"), groups)})


def quantile(fraction: float, per: Sequence[str]) -> Any:
    """What ``percentile_cont(fraction)`` gives for the group.

    Between the two values that stand around ``fraction`` of the way from the first to the last; of equal ones exactly
    their value.
    """
    way = (Cast(F(MANY), FLOAT) - 1.0) * fraction
    low, high = (_over(Max, per, Q((f"{PLACE}__lte", end(way) + 1.0))) for end in (Floor, Ceil))
    return low + (high - low) * (way - Floor(way))


def median(per: Sequence[str]) -> Any:
    """The mean of the one or two values in the middle of the group."""
    return _mean(per, 0, 1, 2)


def median_of_others(per: Sequence[str]) -> Any:
    """The same without the row itself: what is left has its middle half a place further away from the row."""
    return Case(
        When(LessThan(OFFSET, 1), then=_mean(per, 1, 2, 3)),
        When(GreaterThan(OFFSET, 1), then=_mean(per, -1, 0, 1)),
        default=_mean(per, -1, 3),
    )


def extreme_of_others(per: Sequence[str], *, greatest: bool) -> Any:
    """The greatest or least value of the other rows of the group."""
    if greatest:
        return Case(When(_place__lt=F(MANY), then=_over(Max, per)), default=_over(Max, per, Q(_place__lt=F(MANY))))
    return Case(When(_place__gt=1, then=_over(Min, per)), default=_over(Min, per, Q(_place__gt=1)))


def _mean(per: Sequence[str], *offsets: int) -> Any:
    return _over(Avg, per, Q(In(OFFSET, offsets)))


def _over(function: Any, per: Sequence[str], which: Q | None = None) -> Window:
    return Window(function(VALUE, filter=which), [F(name) for name in per] or None)
