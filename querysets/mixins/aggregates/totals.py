"""Terminals: a number, or a few, of all rows of the chain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asgiref.sync import sync_to_async
from django.db.models import QuerySet

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.conditions import Cond
from querysets.kinds import kinds
from querysets.scope import Scope
from querysets.sql.aggregates import totals
from querysets.sql.aggregates.statistics import Mode, WeightedAverage


class Totals(PatternBase[M, Row]):
    """Numbers of all rows, as they stand: one that comes twice counts twice; on groups, of their keys and measures."""

    @kinds("terminal")
    def total(self, field: str) -> Any:
        """The sum of a field over all rows: zero, of the type of the field, where there are none.

        Parameters
        ----------
        field
            Field, to-one path, annotation or measure: a number or a duration. NULLs do not count.

        Raises
        ------
        TypeError
            ``field`` is neither.

        SQL
        ---
        ``SELECT SUM(views)``.

        Examples
        --------
        >>> views = Post.objects.by(status="published").total("views")
        """
        scope = self._scope("total")
        aggregate, zero = totals.total(scope, field)
        found = self._one(scope, aggregate)
        return zero if found is None else type(zero)(found) if isinstance(zero, int) else found

    @kinds("terminal")
    async def atotal(self, field: str) -> Any:
        """``total``, asynchronously."""
        return await sync_to_async(self.total)(field)

    @kinds("terminal")
    def average(self, field: str) -> Any:
        """The mean of a field over all rows: a float, of Decimals a Decimal, None where there are none.

        Parameters
        ----------
        field
            As in ``total``.

        Raises
        ------
        TypeError
            ``field`` is neither a number nor a duration.

        SQL
        ---
        ``SELECT AVG(rating)``.

        Examples
        --------
        >>> discussed = Post.objects.with_count("comments").average("comments_count")
        """
        scope = self._scope("average")
        return self._one(scope, totals.average(scope, field))

    @kinds("terminal")
    async def aaverage(self, field: str) -> Any:
        """``average``, asynchronously."""
        return await sync_to_async(self.average)(field)

    @kinds("terminal")
    def median(self, field: str) -> Any:
        """The middle value of a field, between two of them the middle of both, as a float; None where there are none.

        Parameters
        ----------
        field
            As in ``total``.

        Raises
        ------
        TypeError
            ``field`` is neither a number nor a duration: ``percentile(field, 0.5, discrete=True)`` takes all.

        SQL
        ---
        ``PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY views)``; one sort.

        Examples
        --------
        >>> usual = User.objects.with_count("posts").median("posts_count")
        """
        scope = self._scope("median")
        found = self._one(scope, totals.percentiles(scope, field, [0.5], discrete=False))
        return None if found is None else found[0]

    @kinds("terminal")
    async def amedian(self, field: str) -> Any:
        """``median``, asynchronously."""
        return await sync_to_async(self.median)(field)

    @kinds("terminal")
    def percentile(self, field: str, *fractions: float, discrete: bool = False) -> list[Any]:
        """The values below which fractions of the rows lie, in the order given; None for each where there are no rows.

        Parameters
        ----------
        field
            Field, to-one path, annotation or measure. NULLs do not count.
        *fractions
            In 0..1.
        discrete
            Values of the field, in their own type, instead of interpolating between two, which gives floats. Moments,
            dates and texts can only be discrete.

        Raises
        ------
        ValueError
            A fraction is outside of 0..1.
        TypeError
            ``field`` cannot be interpolated.

        SQL
        ---
        ``PERCENTILE_CONT(array) WITHIN GROUP (ORDER BY rating)``: one sort for all of them.

        Examples
        --------
        >>> low, high = Post.objects.percentile("rating", 0.1, 0.9)
        >>> dates = Post.objects.percentile("created_at", 0.25, 0.75, discrete=True)
        """
        scope = self._scope("percentile")
        wanted = totals.percentiles(scope, field, fractions, discrete=discrete)
        found: list[Any] | None = self._one(scope, wanted) if fractions else []
        return [None] * len(fractions) if found is None else found

    @kinds("terminal")
    async def apercentile(self, field: str, *fractions: float, discrete: bool = False) -> list[Any]:
        """``percentile``, asynchronously."""
        return await sync_to_async(self.percentile)(field, *fractions, discrete=discrete)

    @kinds("terminal")
    def mode(self, field: str) -> Any:
        """The most frequent value of a field, of several the smallest; None where there are none.

        Parameters
        ----------
        field
            Field, to-one path, annotation or measure. NULLs do not count.

        SQL
        ---
        ``MODE() WITHIN GROUP (ORDER BY status)``; one sort.

        Examples
        --------
        >>> usual = Post.objects.mode("status")
        """
        scope = self._scope("mode")
        return self._one(scope, Mode(totals.readable(scope, field)))

    @kinds("terminal")
    async def amode(self, field: str) -> Any:
        """``mode``, asynchronously."""
        return await sync_to_async(self.mode)(field)

    @kinds("terminal")
    def weighted_average(self, value: str, weight: str) -> Any:
        """The mean of ``value``, each row counting by its ``weight``; None where the weights sum up to zero.

        Parameters
        ----------
        value, weight
            As in ``total``: numbers. Rows where either is NULL do not count.

        Raises
        ------
        TypeError
            One of them is no number.

        SQL
        ---
        ``SUM(value * weight) / NULLIF(SUM(weight), 0)``; a float, of a Decimal ``value`` a Decimal.

        Examples
        --------
        >>> fair = Post.objects.weighted_average("rating", "views")
        """
        scope = self._scope("weighted_average")
        return self._one(scope, WeightedAverage(totals.number(scope, value), totals.number(scope, weight)))

    @kinds("terminal")
    async def aweighted_average(self, value: str, weight: str) -> Any:
        """``weighted_average``, asynchronously."""
        return await sync_to_async(self.weighted_average)(value, weight)

    @kinds("terminal")
    def correlation(self, x: str, y: str) -> float | None:
        """Pearson's coefficient of two fields, in -1..1; None for less than two rows, or where one of them is constant.

        Parameters
        ----------
        x, y
            As in ``total``: numbers. Rows where either is NULL do not count.

        Raises
        ------
        TypeError
            One of them is no number.

        SQL
        ---
        ``SELECT CORR(y, x)``.

        Examples
        --------
        >>> related = Post.objects.correlation("likes", "views")
        """
        scope = self._scope("correlation")
        found: float | None = self._one(scope, totals.correlation(scope, x, y))
        return found

    @kinds("terminal")
    async def acorrelation(self, x: str, y: str) -> float | None:
        """``correlation``, asynchronously."""
        return await sync_to_async(self.correlation)(x, y)

    @kinds("terminal")
    def count_distinct(self, *fields: str) -> int:
        """How many different values a field has, or how many different combinations several have; NULL is a value.

        Parameters
        ----------
        *fields
            Fields, to-one paths, annotations or measures.

        Raises
        ------
        TypeError
            There are no fields.

        SQL
        ---
        ``SELECT COUNT(*) FROM (SELECT DISTINCT author_id, category_id ...)``, which can hash where
        ``COUNT(DISTINCT ...)`` must sort.

        Examples
        --------
        >>> pairs = Post.objects.count_distinct("author", "category")
        """
        scope = self._scope("count_distinct")
        if not fields:
            raise TypeError(f"{scope.label} needs at least one field")
        names = [totals.readable(scope, field) for field in fields]
        different: QuerySet[M, Any] = self.order_by().values(*dict.fromkeys(names)).distinct()
        return different.count()

    @kinds("terminal")
    async def acount_distinct(self, *fields: str) -> int:
        """``count_distinct``, asynchronously."""
        return await sync_to_async(self.count_distinct)(*fields)

    @kinds("terminal")
    def counts(self, /, **conditions: Cond) -> dict[str, int]:
        """How many rows meet each of several conditions, by name.

        Parameters
        ----------
        **conditions
            Name = condition; ``Q()`` counts all rows.

        SQL
        ---
        ``SELECT COUNT(*) FILTER (WHERE ...), COUNT(*) FILTER (WHERE ...)``: one pass over the rows.

        Examples
        --------
        >>> funnel = User.objects.counts(all=Q(), posted=P.having("posts"), ordered=P.having("orders"))
        """
        scope = self._scope("counts")
        counted = {f"count_{place}": totals.counted(scope, each) for place, each in enumerate(conditions.values())}
        found = self._totals(scope, counted) if counted else {}
        return dict(zip(conditions, found.values(), strict=True))

    @kinds("terminal")
    async def acounts(self, /, **conditions: Cond) -> dict[str, int]:
        """``counts``, asynchronously."""
        return await sync_to_async(self.counts)(**conditions)

    @kinds("terminal")
    def share(self, *conditions: Cond) -> float | None:
        """The fraction of the rows that meet all the conditions, in 0..1; None where there are no rows.

        Parameters
        ----------
        *conditions
            None: every row meets them.

        SQL
        ---
        ``SELECT COUNT(*) FILTER (WHERE ...), COUNT(*)``.

        Examples
        --------
        >>> discussed = Post.objects.share(P.having("comments"))
        """
        scope = self._scope("share")
        found = self._totals(scope, {"part": totals.counted(scope, *conditions), "whole": totals.counted(scope)})
        return found["part"] / found["whole"] if found["whole"] else None

    @kinds("terminal")
    async def ashare(self, *conditions: Cond) -> float | None:
        """``share``, asynchronously."""
        return await sync_to_async(self.share)(*conditions)

    @kinds("terminal")
    def summary(self, field: str) -> dict[str, Any]:
        """What the values of a field are like: count, nulls, min, max, mean, median, p95, stddev and sum.

        Parameters
        ----------
        field
            As in ``total``: a number. ``nulls`` says how many rows have none; all else is of the others, and None where
            there are none, but ``count`` and ``nulls``. ``stddev`` is of the population.

        Raises
        ------
        TypeError
            ``field`` is no number.

        SQL
        ---
        ``SELECT COUNT(views), ..., PERCENTILE_CONT(0.95) WITHIN GROUP (ORDER BY views), ...``: one statement.

        Examples
        --------
        >>> views = Post.objects.summary("views")
        """
        scope = self._scope("summary")
        return self._totals(scope, totals.summary(scope, field))

    @kinds("terminal")
    async def asummary(self, field: str) -> dict[str, Any]:
        """``summary``, asynchronously."""
        return await sync_to_async(self.summary)(field)

    def _one(self, scope: Scope, aggregate: Any) -> Any:
        return self._totals(scope, {"value": aggregate})["value"]

    def _totals(self, scope: Scope, aggregates: Mapping[str, Any]) -> dict[str, Any]:
        """The aggregates of all rows; what Django groups or makes distinct, and windows, are fixed before."""
        alone = (self.query.distinct or self.query.group_by is True) and self.query.default_cols
        rows = self._frozen() if scope.windows or alone else self
        named = {f"_{name}": aggregate for name, aggregate in aggregates.items()}
        found = rows.aggregate(**named)
        return {name: found[f"_{name}"] for name in aggregates}
