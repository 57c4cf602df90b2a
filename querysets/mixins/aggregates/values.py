"""Annotations by a condition, a band, a weighted sum or a quotient of the row's own values."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from math import inf
from typing import Any, Self

from django.db.models import Value
from django.db.models.functions import Coalesce

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.conditions import Cond
from querysets.kinds import kinds
from querysets.sql.aggregates import cases
from querysets.sql.expressions import ratio
from querysets.sql.operands import number
from querysets.sql.values import amount


class Values(PatternBase[M, Row]):
    """What a row gains by its own values, and a group by its keys and measures."""

    @kinds("annotation")
    def with_flag(self, /, as_: str, *conditions: Cond, **values: Any) -> Self:
        """Each row or group with whether all conditions hold: true or false, never NULL.

        Parameters
        ----------
        as_
            Name of the result.
        *conditions
            ``P.name(...)``, ``Q`` or boolean expressions; relations are an EXISTS. One that is NULL does not hold.
        **values
            Equality, as in ``by()``.

        Raises
        ------
        TypeError
            There is no condition.

        SQL
        ---
        ``CASE WHEN rating >= %s THEN true ELSE false END``.

        Examples
        --------
        >>> flagged = Post.objects.with_flag("has_comments", P.having("comments")).by(has_comments=True)
        >>> busy = Post.objects.count_by("author").with_flag("busy", P.at_least(count=10))
        """
        found = cases.flag(self._scope("with_flag"), conditions, values)
        return self._with(as_, found, ("with_flag", conditions, values))

    @kinds("annotation")
    def with_case(self, as_: str, *cases_: tuple[Cond, Any], default: Any = None) -> Self:
        """Each row or group with the value beside the first condition that holds for it.

        Parameters
        ----------
        as_
            Name of the result.
        *cases_
            Pairs (condition, value): conditions as in ``any_of``; values plain (a text is itself, not a field) or
            expressions. Whole numbers become floats or Decimals beside such.
        default
            The value where no condition holds.

        Raises
        ------
        TypeError
            A case is no pair, or values do not mix: Decimal with float, texts with numbers.

        SQL
        ---
        ``CASE WHEN status = %s THEN 1 ... ELSE 2 END``.

        Examples
        --------
        >>> urgent_first = Post.objects.with_case("priority", (P.by(status="urgent"), 1), default=2).ranked("priority")
        >>> boosted = Post.objects.with_case("boost", (P.tagged("asyncio"), F("score") * 2), default=F("score"))
        """
        found = cases.first_of(self._scope("with_case"), cases_, default)
        return self._with(as_, found, ("with_case", cases_, default))

    @kinds("annotation")
    def with_bucket(
        self, field: str, edges: Sequence[Any], labels: Sequence[str] | None = None, *, as_: str | None = None
    ) -> Self:
        """Each row or group with the band that its value lies in; NULL is in none.

        Parameters
        ----------
        field
            A field, annotation, key or measure.
        edges
            Numbers, dates or datetimes that rise; n of them make n + 1 bands, each with its lower edge, without its
            upper one.
        labels
            Names of the bands, one more than edges. Default: their numbers, 0 for what lies below the first edge.
        as_
            Default: ``<field>_bucket``.

        Raises
        ------
        ValueError
            There are no edges, they do not rise, or there are not as many labels as bands.
        TypeError
            Edges and field do not mix, as Decimal and float.

        SQL
        ---
        ``(ARRAY[labels])[WIDTH_BUCKET(rating, ARRAY[edges]) + 1]``: one look-up, no chain of comparisons.

        Examples
        --------
        >>> banded = Post.objects.with_bucket("rating", [2, 4], ["low", "mid", "high"], as_="band")
        >>> sizes = banded.count_by("band")
        """
        found = cases.band(self._scope("with_bucket"), field, edges, labels)
        alias = as_ or f"{field.replace('__', '_')}_bucket"
        return self._with(alias, found, ("with_bucket", field, tuple(edges), labels and tuple(labels)))

    @kinds("annotation")
    def with_weighted(self, /, as_: str, **weights: float | Decimal) -> Self:
        """Each row or group with the sum of fields, each times its weight; NULL counts as 0.

        Parameters
        ----------
        as_
            Name of the result.
        **weights
            Field, annotation, key or measure = its weight. Whole numbers give a whole number, of 64 bits.

        Raises
        ------
        TypeError
            There are no weights, one is no number, or Decimal and float are mixed.

        SQL
        ---
        ``COALESCE(likes::bigint, 0) * 2 + COALESCE(views::bigint, 0) * 1``.

        Examples
        --------
        >>> hot = Post.objects.with_weighted("heat", likes=2, views=1).ranked("-heat")
        """
        found = cases.weighted(self._scope("with_weighted"), weights)
        return self._with(as_, found, ("with_weighted", weights))

    @kinds("annotation")
    def with_ratio(self, numerator: Any, denominator: Any, as_: str, *, default: float | None = None) -> Self:
        """Each row or group with ``numerator / denominator`` as a float.

        Parameters
        ----------
        numerator, denominator
            Fields, annotations, measures, expressions or numbers; whole numbers, floats and Decimals mix.
        as_
            Name of the result.
        default
            The value where the denominator is zero or either is NULL.

        Raises
        ------
        TypeError
            An operand or ``default`` is no number.

        SQL
        ---
        ``likes::float8 / NULLIF(views::float8, 0)``.

        Examples
        --------
        >>> engaging = Post.objects.with_ratio("likes", "views", as_="engagement").at_least(engagement=0.1)
        """
        scope = self._scope("with_ratio")
        quotient = ratio(number(scope, numerator), number(scope, denominator))
        if default is not None:
            quotient = Coalesce(quotient, Value(float(amount(scope, "default", default, -inf))))
        return self._with(as_, quotient, ("with_ratio", numerator, denominator, default))
