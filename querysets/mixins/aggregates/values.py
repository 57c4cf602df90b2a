"""Annotations by a condition, a band, a weighted sum or a quotient of the row's own values."""

from __future__ import annotations

from typing import Any, Self

from django.db.models import F, Value
from django.db.models.functions import Coalesce

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.kinds import kinds
from querysets.sql.expressions import ratio


class Values(PatternBase[M, Row]):
    """What a row gains by its own values."""

    @kinds("annotation")
    def with_ratio(self, numerator: Any, denominator: Any, as_: str, *, default: float | None = None) -> Self:
        """Each row or group with ``numerator / denominator`` as a float.

        Parameters
        ----------
        numerator, denominator
            Fields, annotations, measures, or expressions.
        as_
            Name of the result.
        default
            The value where the denominator is zero or either is NULL.

        SQL
        ---
        ``likes::float8 / NULLIF(views::float8, 0)``.

        Examples
        --------
        >>> engaging = Post.objects.with_ratio("likes", "views", as_="engagement").at_least(engagement=0.1)
        """
        scope = self._scope("with_ratio")
        parts = [
            F(scope.path(part)) if isinstance(part, str) else scope.expression(part)
            for part in (numerator, denominator)
        ]
        quotient = ratio(*parts)
        value = quotient if default is None else Coalesce(quotient, Value(float(default)))
        return self._with(as_, value, ("with_ratio", numerator, denominator, default))
