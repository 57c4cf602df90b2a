"""Running and moving totals: aggregates of the rows up to each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Self

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.kinds import group_keys, kinds
from querysets.sql.aggregates import windows
from querysets.sql.aggregates.windows import Measure, places_of, spelt


class Running(PatternBase[M, Row]):
    """Aggregates of the rows, or the groups, up to each."""

    @kinds("annotation")
    def with_running(
        self,
        field: str | None = None,
        func: Measure = "sum",
        *,
        by: str | Sequence[str] | None = None,
        per: str | Sequence[str] = (),
        share: bool = False,
        as_: str | None = None,
    ) -> Self:
        """Each row or group with the sum, count, average, greatest or least of those up to it, itself included.

        Parameters
        ----------
        field
            A field or annotation, or a measure of groups. Default: on groups, ``count``; none for a count of rows.
        func : {"sum", "count", "avg", "max", "min"}
            NULLs are left out; until there is a value a count is 0, all else NULL.
        by
            Keys of the order. Default: the ``timestamp`` role; of groups, their keys. Ties by primary key or keys, so
            that each row has a value of its own.
        per
            Begin anew for the rows that share these; NULL is a group.
        share
            As a fraction of what the last row has: of a sum or a count.
        as_
            Default: ``running_<field>``, ``running_count``; with ``share``, ``running_<field>_share``.

        Raises
        ------
        TypeError
            A sum or an average needs a number, and rows a field.
        ValueError
            ``share`` of something that does not add up.

        SQL
        ---
        ``SUM(views) OVER (PARTITION BY per ORDER BY created_at, id ROWS UNBOUNDED PRECEDING)``. A share is divided by
        the sum without the order, NULL where that is 0.

        Examples
        --------
        >>> growing = Post.objects.with_running("views", per="author")
        >>> pareto = Post.objects.count_by("author").with_running("count", by="-count", share=True)
        """
        if field is None and func != "count" and group_keys(self.query) is not None:
            field = "count"
        scope = self._scope("with_running")
        expression = windows.running(scope, field, func, by, per, share=share)
        alias = as_ or f"running_{spelt(field) if field else 'count'}{'_share' if share else ''}"
        return self._with(alias, expression, ("with_running", field, func, *places_of(scope, by, per), share))

    @kinds("annotation")
    def with_moving(
        self,
        field: str | None = None,
        rows: int | None = None,
        *,
        span: timedelta | None = None,
        func: Measure = "avg",
        by: str | Sequence[str] | None = None,
        per: str | Sequence[str] = (),
        as_: str | None = None,
    ) -> Self:
        """Each row or group with the average, sum, count, greatest or least of the last few up to it.

        Parameters
        ----------
        field
            A field or annotation, or a measure of groups; none for a count of rows.
        rows
            How many, this one included; the first rows have fewer.
        span
            Instead of ``rows``: those not older than this, in the order of one date or datetime. The bound is
            included, and so is every row of the same moment.
        func : {"avg", "sum", "count", "max", "min"}
            NULLs are left out.
        by, per
            As in ``with_running``.
        as_
            Default: ``moving_<field>``, ``moving_count``.

        Raises
        ------
        TypeError
            Both or neither of ``rows`` and ``span`` are given, or a sum or an average is of no number.
        ValueError
            ``rows`` is below 1, ``span`` is not positive, or ``by`` is no single date or datetime for a span.

        SQL
        ---
        ``AVG(views) OVER (ORDER BY created_at, id ROWS BETWEEN 6 PRECEDING AND CURRENT ROW)``; a span is
        ``ORDER BY created_at RANGE BETWEEN interval PRECEDING AND CURRENT ROW``.

        Examples
        --------
        >>> smooth = Post.objects.with_moving("views", 7)
        >>> weekly = Post.objects.with_moving("views", span=timedelta(days=7), func="sum", per="author")
        """
        scope = self._scope("with_moving")
        expression = windows.moving(scope, field, rows, span=span, func=func, by=by, per=per)
        recipe = ("with_moving", field, rows, span, func, *places_of(scope, by, per))
        return self._with(as_ or f"moving_{spelt(field) if field else 'count'}", expression, recipe)
