"""Quantiles beside rows. PostgreSQL takes no OVER on ``percentile_cont``, so they are found by the places of values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django.db.models import Case, F, FloatField, Max, Q, Value, When, Window
from django.db.models.functions import Cast, Ceil, Floor, RowNumber

from querysets._types import SqlQuery

from .derived import fixed
from .windows import CountOver

VALUE, PLACE, MANY = "_value", "_place", "_many"


def placed_by(query: SqlQuery, value: Any, per: Sequence[str]) -> SqlQuery:
    """``query``, which picks rows that have a value, with the value, its place in the group, and how many there are."""
    query = query.clone()
    query.add_annotation(Cast(value, FloatField()), VALUE, select=False)
    groups = [F(name) for name in per] or None
    place = Window(RowNumber(), groups, [F(VALUE).asc(), F("pk").asc()])
    return fixed(query, **{PLACE: place, MANY: Window(CountOver(F(VALUE)), groups)})


def quantile(fraction: float, per: Sequence[str], *, others: bool = False) -> Any:
    """What ``percentile_cont(fraction)`` gives for the group, or for the other rows of it.

    Between the two values that stand around ``fraction`` of the way from the first to the last.
    """
    value_at, last = (_other, 2.0) if others else (_at, 1.0)
    way = (Cast(F(MANY), cast("Any", FloatField())) - last) * fraction
    low, high = value_at(Floor(way) + 1.0, per), value_at(Ceil(way) + 1.0, per)
    return low + (high - low) * (way - Floor(way))


def other_extreme(per: Sequence[str], *, greatest: bool) -> Any:
    """The greatest or least value of the other rows."""
    return _other(Cast(F(MANY), cast("Any", FloatField())) - 1.0 if greatest else Value(1.0), per)


def _at(place: Any, per: Sequence[str]) -> Any:
    """The value that stands at a place, which is the greatest of those up to there."""
    upto = Max(VALUE, filter=Q((f"{PLACE}__lte", place)))
    return Window(upto, [F(name) for name in per] or None)


def _other(place: Any, per: Sequence[str]) -> Any:
    """The same among the other rows: from its own place on, a row finds each of them one further."""
    return Case(When(Q((f"{PLACE}__lte", place)), then=_at(place + 1.0, per)), default=_at(place, per))
