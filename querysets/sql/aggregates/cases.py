"""Values that hang on conditions, on bounds and on weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import reduce
from itertools import pairwise
from operator import add
from typing import Any, Final

from django.contrib.postgres.fields import ArrayField
from django.db.models import BooleanField, Case, Q, Value, When
from django.db.models.functions import Cast, Coalesce
from django.db.models.lookups import GreaterThan, LessThan

from querysets.conditions import NOTHING, Cond, all_of, resolve
from querysets.scope import Scope
from querysets.sql.comparisons import by
from querysets.sql.expressions import ArrayElement, WidthBucket
from querysets.sql.fields import FLOAT, TEXT, WHOLE
from querysets.sql.operands import common, number, operand, value
from querysets.sql.values import text

_EDGES: Final = (int, float, Decimal, date)


def flag(scope: Scope, conditions: Sequence[Cond], values: Mapping[str, Any]) -> Any:
    """Whether all conditions hold: true or false, never NULL."""
    if not conditions and not values:
        raise TypeError(f"{scope.label} needs at least one condition")
    holds = all_of(scope, *conditions) & by(scope, **values)
    return Case(_when(holds, Value(value=True)), default=Value(value=False), output_field=BooleanField())


def first_of(scope: Scope, cases: Sequence[tuple[Cond, Any]], default: Any) -> Any:
    """The value beside the first condition that holds."""
    for case in cases:
        if not isinstance(case, tuple) or len(case) != 2:  # noqa: PLR2004  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"{scope.label}: a case is a pair (condition, value), got {case!r}")
    found, other = [value(scope, given) for _, given in cases], value(scope, default)
    kind = common(scope, *found, other) or TEXT
    pairs = zip((resolve(scope, condition) for condition, _ in cases), found, strict=True)
    return _typed(Case(*(_when(*pair) for pair in pairs), default=other, output_field=kind), kind)


def band(scope: Scope, field: str, edges: Sequence[Any], labels: Sequence[str] | None) -> Any:
    """How many of the edges a value has reached, or the label in that place."""
    name = scope.path(field)
    if not all(isinstance(edge, _EDGES) and not isinstance(edge, bool) for edge in edges):
        raise TypeError(f"{scope.label}: edges must be numbers, dates or datetimes, got {edges!r}")
    bounds = [scope.value(name, edge) for edge in edges]
    found = operand(scope, name)
    kind = common(scope, found, *map(Value, bounds))
    if not bounds or not all(low < high for low, high in pairwise(bounds)):
        raise ValueError(f"{scope.label}: edges must be one or more values that rise, got {edges!r}")
    place = WidthBucket(Cast(found, kind), Value(bounds, ArrayField(kind)), output_field=WHOLE)
    if labels is None:
        return place
    names = [text(scope, "a label", label) for label in labels]
    if len(names) != len(bounds) + 1:
        raise ValueError(f"{scope.label}: {len(bounds)} edges make {len(bounds) + 1} bands, got {len(names)} labels")
    return ArrayElement(Value(names, ArrayField(TEXT)), place + 1, output_field=TEXT)


def clamped(scope: Scope, field: Any, low: Any, high: Any) -> Any:
    """A value forced into bounds. LEAST and GREATEST would make a bound of NULL."""
    if low is None and high is None:
        raise TypeError(f"{scope.label} needs low or high")
    found, least, most = operand(scope, field), value(scope, low), value(scope, high)
    kind = common(scope, found, least, most)
    plain = not any(bound is None or hasattr(bound, "resolve_expression") for bound in (low, high))
    if plain and low > high:
        raise ValueError(f"{scope.label}: low must not be above high, got {low!r} and {high!r}")
    below = [] if low is None else [When(LessThan(found, least), then=least)]
    above = [] if high is None else [When(GreaterThan(found, most), then=most)]
    return _typed(Case(*below, *above, default=found, output_field=kind), kind)


def weighted(scope: Scope, weights: Mapping[str, Any]) -> Any:
    """The sum of fields times their weights, NULL as 0."""
    if not weights:
        raise TypeError(f"{scope.label} needs at least one field=weight")
    for name, weight in weights.items():
        if isinstance(weight, bool) or not isinstance(weight, int | float | Decimal):
            raise TypeError(f"{scope.label}: the weight of {name!r} must be a number, got {weight!r}")
    pairs = [(number(scope, name), value(scope, weight)) for name, weight in weights.items()]
    kind = common(scope, *(part for pair in pairs for part in pair))
    zero = Value(0, kind)
    # cast first: the product of two integers would have to fit in one
    return reduce(add, (Coalesce(Cast(part, kind), zero) * Value(factor.value, kind) for part, factor in pairs))


def _when(holds: Q, then: Any) -> When:
    return When(holds or ~NOTHING, then=then)


def _typed(case: Case, kind: Any) -> Any:
    """The case; cast if it is a float, for one that is written out is a numeric to PostgreSQL."""
    return Cast(case, FLOAT) if kind is FLOAT else case
