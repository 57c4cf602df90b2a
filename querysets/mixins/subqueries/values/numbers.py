"""Annotations by an expression of one's own, by bounds, by decay."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Self

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.kinds import kinds
from querysets.sql.aggregates import cases
from querysets.sql.operands import computed
from querysets.sql.subqueries import moments


class Numbers(PatternBase[M, Row]):
    """What a row gains by computing."""

    @kinds("annotation")
    def with_expr(self, /, **expressions: Any) -> Self:
        """Each row or group with these expressions: Django's ``annotate``, checked.

        What a comparison has on its left is one of them: ``with_expr(net=...).at_least(net=5)``.

        Parameters
        ----------
        **expressions
            Name = expression over the row's own fields, annotations, keys or measures; a later one may use an earlier.
            On groups an aggregate is a measure.

        Raises
        ------
        TypeError
            A value is no expression, or a condition, for which ``with_flag()`` is the word; or its types do not mix.
        WrongShape
            An aggregate on rows, which ``with_rollup()`` and ``with_peers()`` compute without joins.
        ToManyPath
            A name crosses a to-many relation, so that it has no one value a row.
        AliasClash
            A name is no identifier, or a field or an annotation already.

        SQL
        ---
        The expression, in SELECT; on measures after GROUP BY.

        Examples
        --------
        >>> net = Post.objects.with_expr(net=F("price") - F("discount")).above(net=10)
        >>> spread = Post.objects.count_by("category").with_expr(best=Max("rating"), worst=Min("rating"))
        """
        rows = self
        for name, expression in expressions.items():
            found = computed(rows._scope("with_expr"), rows._row_scope("with_expr"), name, expression)
            rows = rows._with(name, found, ("with_expr", expression))
        return rows

    @kinds("annotation")
    def with_clamped(self, field: Any, low: Any, high: Any, as_: str) -> Self:
        """Each row or group with a value forced into ``[low, high]``; NULL stays NULL.

        Parameters
        ----------
        field
            A field, annotation, key or measure by name, or an expression.
        low, high
            Values or expressions; None for an open end.
        as_
            Name of the result.

        Raises
        ------
        ValueError
            ``low`` is above ``high``.
        TypeError
            Both ends are open, or the types do not mix, as Decimal and float.

        SQL
        ---
        ``CASE WHEN score < %s THEN %s WHEN score > %s THEN %s ELSE score END``: LEAST and GREATEST pass over NULL.

        Examples
        --------
        >>> cut = Post.objects.with_clamped("score", 0, 10, as_="clamped")
        >>> owed = Post.objects.with_clamped(F("price") - F("discount"), 0, None, as_="owed")
        """
        found = cases.clamped(self._scope("with_clamped"), field, low, high)
        return self._with(as_, found, ("with_clamped", field, low, high))

    @kinds("annotation")
    def with_decay(
        self, field: Any, half_life: timedelta, *, as_: str, time: str | None = None, at: datetime | None = None
    ) -> Self:
        """Each row with a number that is halved once every ``half_life`` of its age, as a float; NULL stays NULL.

        Parameters
        ----------
        field
            A field or annotation by name, or an expression.
        half_life
            Longer than 0. Age counts up to 500 half-lives: 0.5 ** 500 is left for good.
        as_
            Name of the result.
        time : path to a datetime
            Since when. Default: the ``timestamp`` role. What lies ahead of ``at`` has no age yet.
        at
            The moment taken as now.

        Raises
        ------
        ValueError
            ``half_life`` is 0 or less.
        TypeError
            ``field`` is no number, ``half_life`` no timedelta, or ``time`` a date.

        SQL
        ---
        ``score * POWER(0.5, EXTRACT(EPOCH FROM (%s - created_at)) / %s)``.

        Examples
        --------
        >>> hot = Post.objects.with_decay("score", timedelta(hours=12), as_="heat").ranked("-heat")
        """
        found = moments.decayed(self._scope("with_decay"), field, half_life, time, at)
        return self._with(as_, found, ("with_decay", field, half_life, time, at))
