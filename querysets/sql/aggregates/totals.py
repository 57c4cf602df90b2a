"""Aggregates of all rows of a chain, their checks, and what they are where there are no rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final, cast

from django.contrib.postgres.aggregates import Corr
from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    Avg,
    Count,
    DecimalField,
    DurationField,
    FloatField,
    IntegerField,
    Max,
    Min,
    Q,
    StdDev,
    Sum,
    Value,
)

from querysets._types import SqlQuery
from querysets.conditions import Cond, all_of
from querysets.errors import WrongShape
from querysets.kinds import shape_of
from querysets.scope import Scope
from querysets.sql.operands import Kinds, measurable

from .statistics import OrderedSet, Percentile

_ZEROS: Final[tuple[tuple[type[Any], Any], ...]] = (
    (IntegerField, 0),
    (FloatField, 0.0),
    (DecimalField, Decimal(0)),
    (DurationField, timedelta()),
)


class Percentiles(OrderedSet):
    """Several percentiles by one sort, as an array."""

    name = "Percentiles"
    arg_joiner = Percentile.arg_joiner

    def __init__(self, expression: Any, fractions: Sequence[float], *, discrete: bool) -> None:
        self.function = "PERCENTILE_DISC" if discrete else "PERCENTILE_CONT"
        self.one = Percentile(expression, 0.5, discrete=discrete)  # which knows the type
        super().__init__(Value(list(fractions), output_field=ArrayField(FloatField())), expression)

    def resolve_expression(self, *args: Any, **kwargs: Any) -> Any:
        resolved = super().resolve_expression(*args, **kwargs)
        resolved.one = self.one.resolve_expression(*args, **kwargs)
        return resolved

    def _resolve_output_field(self) -> Any:
        return cast("Any", ArrayField(self.one.output_field))


def readable(scope: Scope, name: str) -> str:
    """``name`` itself, once it is sure that the rows have it: DISTINCT ones have what they were made of."""
    query: SqlQuery | None = scope.query
    scope.path(name)
    known = () if query is None else (*query.values_select, *query.annotation_select)
    if query is not None and shape_of(query) == "distinct" and name not in known:
        raise WrongShape(f"{scope.label}: distinct values have no {name!r}; there is {', '.join(known)}")
    return name


def number(scope: Scope, name: str, kinds: Kinds = "a number") -> str:
    """``name`` itself, once it is sure that the rows have it, and that it is of one of the kinds."""
    return measurable(scope, readable(scope, name), kinds)


def total(scope: Scope, name: str) -> tuple[Sum, Any]:
    """The sum, and what it is of nothing."""
    number(scope, name, "a number or a duration")
    field = scope.field(name)
    return Sum(name), next((zero for kind, zero in _ZEROS if isinstance(field, kind)), 0)


def average(scope: Scope, name: str) -> Avg:
    """The mean."""
    return Avg(number(scope, name, "a number or a duration"))


def percentiles(scope: Scope, name: str, fractions: Sequence[float], *, discrete: bool) -> Percentiles:
    """Percentiles, their fractions checked."""
    for fraction in fractions:
        if isinstance(fraction, bool) or not isinstance(fraction, int | float):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"{scope.label}: a fraction must be a number, got {fraction!r}")
        if not 0 <= fraction <= 1:
            raise ValueError(f"{scope.label}: a fraction must be in 0..1, got {fraction!r}")
    if discrete:
        readable(scope, name)
    else:
        number(scope, name, "a number or a duration")
    return Percentiles(name, [float(fraction) for fraction in fractions], discrete=discrete)


def correlation(scope: Scope, x: str, y: str) -> Corr:
    """Pearson's coefficient."""
    return Corr(number(scope, y), number(scope, x))


def counted(scope: Scope, *conditions: Cond) -> Count:
    """How many rows meet the conditions."""
    return Count(Value(1), filter=all_of(scope, *conditions) or None)


def summary(scope: Scope, name: str) -> Mapping[str, Any]:
    """What a column of numbers looks like."""
    number(scope, name)
    return {
        "count": Count(name),
        "nulls": Count(Value(1), filter=Q((f"{name}__isnull", True))),
        "min": Min(name),
        "max": Max(name),
        "mean": Avg(name),
        "median": Percentile(name, 0.5),
        "p95": Percentile(name, 0.95),
        "stddev": StdDev(name),
        "sum": Sum(name),
    }
