"""Bins of a histogram as keys of groups."""

from __future__ import annotations

from math import inf, isfinite, log2, nextafter
from typing import Any, Final, Literal, TypeAlias

from django.contrib.postgres.fields import ArrayField
from django.db.models import F, Value
from django.db.models.functions import Cast

from querysets.scope import Scope
from querysets.sql.expressions import ArrayElement, WidthBucket
from querysets.sql.fields import FLOAT, INTEGER
from querysets.sql.operands import NUMBERS
from querysets.sql.values import numbered, one_of

Scale: TypeAlias = Literal["linear", "log2"]

MOST: Final = 10_000
"""Bins: the statement names the edges of each."""


def binned(scope: Scope, field: str, low: float, high: float, *, bins: int, scale: Scale, name: str) -> dict[str, Any]:
    """The number of the bin that ``field`` falls into, and the two ends of the bin.

    The edges are numbers of Python's, compared as they are: an equation for the number of a bin would be rounded on its
    own, and put a value that is an edge on either side.
    """
    path = scope.path(field)
    scope.typed(path, NUMBERS, "a number")
    one_of(scope, "scale", scale, ("linear", "log2"))
    edges = _edges(scope, low, high, numbered(scope, "bins", bins, 1, MOST), scale)
    ends = Value(edges, ArrayField(FLOAT))
    # the last edge stands behind its own value, which so falls into the last bin
    behind = Value([*edges[:-1], nextafter(edges[-1], inf)], ArrayField(FLOAT))
    place = WidthBucket(Cast(F(path), FLOAT), behind, output_field=INTEGER)
    return {
        name: place,
        f"{name}_low": ArrayElement(ends, place, output_field=FLOAT),
        f"{name}_high": ArrayElement(ends, place + 1, output_field=FLOAT),
    }


def _edges(scope: Scope, low: float, high: float, bins: int, scale: Scale) -> list[float]:
    for what, bound in (("low", low), ("high", high)):
        if isinstance(bound, bool) or not isinstance(bound, int | float) or not isfinite(bound):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"{scope.label}: {what} must be a number, got {bound!r}")
    if not low < high:
        raise ValueError(f"{scope.label}: low must be below high, got {low} and {high}")
    if scale == "log2" and low <= 0:
        raise ValueError(f"{scope.label}: on a logarithmic scale low must be above 0, got {low}")
    inner = (
        low + (high - low) * place / bins if scale == "linear" else low * 2 ** (log2(high / low) * place / bins)
        for place in range(1, bins)
    )
    return [float(low), *inner, float(high)]
