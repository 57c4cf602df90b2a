"""Groups by periods, and the series that has every period."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, cast

from django.db.models import F

from querysets._types import M, Row, SqlQuery
from querysets.kinds import kinds, patterns_of
from querysets.sql.aggregates.buckets import Unit, bucket_of
from querysets.sql.aggregates.series import filled
from querysets.sql.ordering import order_terms

from .grouping import Grouping

if TYPE_CHECKING:
    from querysets.queryset import PatternQuerySet

    Groups = PatternQuerySet[M, dict[str, Any]]


class Bucketing(Grouping[M, Row]):
    """Groups over time."""

    @kinds("grouping")
    def bucketed(
        self,
        unit: Unit,
        tz: str | None = None,
        *,
        week_start: int = 1,
        start_month: int = 1,
        field: str | None = None,
        as_: str = "period",
    ) -> Groups[M]:
        """One row a period, ascending; periods without rows are absent until ``filled()``.

        Parameters
        ----------
        unit
            ``"minute"``, ``"hour"``, ``"day"``, ``"week"``, ``"month"``, ``"quarter"``, ``"year"``: the key is the
            first moment of the unit. Hours are absolute: both 01:00 hours of the night when clocks go back are periods.
            ``"hour_of_day"`` (0 to 23), ``"day_of_week"`` (1, Monday, to 7), ``"day_of_month"``, ``"month_of_year"``:
            the key is a number of the local clock and calendar.
            A ``timedelta``: the key is the start of a stretch of that length, counted from 2000-01-01 00:00 UTC,
            whatever ``tz`` is.
        tz
            Name of a zone; default: the current one. Keys are aware datetimes, for a date field dates.
        week_start
            ISO weekday, 1 (Monday) to 7 (Sunday), on which ``"week"`` begins.
        start_month
            Month, 1 to 12, in which the year begins of which ``"quarter"`` and ``"year"`` are: 4 for a fiscal year from
            April.
        field : path to a date or datetime
            Default: the ``timestamp`` role. Rows where it is NULL are the group ``None``.
        as_
            Name of the key. Another ``bucketed()`` adds another key under another name.

        Raises
        ------
        UnknownField
            ``field`` is no date or datetime, or is a date and ``unit`` shorter than a day.
        ValueError
            ``unit`` is none of these, or not longer than 0; ``start_month`` goes with another unit.

        SQL
        ---
        ``GROUP BY DATE_TRUNC(unit, created_at, zone)``; ``DATE_BIN`` for a timedelta, ``EXTRACT`` for a number.

        Examples
        --------
        >>> monthly = Post.objects.bucketed("month", "Europe/Paris").with_count()
        >>> by_quarter_hour = Post.objects.bucketed(timedelta(minutes=15)).with_count()
        >>> fiscal = Post.objects.bucketed("year", start_month=4).with_count()
        """
        scope = self._row_scope("bucketed")
        name = scope.role("timestamp", field)
        bucket = bucket_of(scope, unit, name, tz=tz, week_start=week_start, start_month=start_month)
        times = {**patterns_of(self.query).get("times", {}), as_: bucket}
        return self._grouped("bucketed", [as_], **{as_: bucket.of(F(name))})._noted(times=times)

    @kinds("grouping")
    def filled(
        self,
        start: date | datetime | None = None,
        end: date | datetime | None = None,
        values: Collection[Any] | None = None,
        *,
        default: Any = None,
    ) -> Groups[M]:
        """The groups with a row for every period, ascending: counts and sums are 0 where there were no rows.

        What follows are windows over these rows (``with_change``, ``with_running``, ``with_share``, ``with_rank``,
        ``with_previous``), orders, slices and ``count()``.

        Parameters
        ----------
        start, end
            The periods that ``[start, end)`` touches; a date is the midnight that it begins with, in the zone of the
            periods. Default: the first and the last period that occur. Rows are not narrowed by it, so a period that is
            touched in part counts whole; ``between()`` narrows them. Units that come again have all their numbers.
        values
            What the other key takes, or tuples for several keys: groups of other values are left out. Default: every
            combination of them that occurs, beside every period. Groups without a time key can be filled by values.
        default
            What measures that are no count and no sum are where there is no value.

        Raises
        ------
        WrongShape
            Rows are not grouped, there is nothing to fill, or there are two series of moments.
        ValueError
            A bound is naive or bounds nothing, or ``values`` do not fit the keys.
        TypeError
            A bound is no date or datetime.

        SQL
        ---
        ``(WITH groups AS (...) SELECT ... FROM generate_series(...) LEFT JOIN groups ON period)``: one statement. Days
        and longer units are generated in local time. Rows where the time is NULL are in no period.

        Examples
        --------
        >>> monthly = Post.objects.bucketed("month", "Europe/Paris").with_count().filled(date(2025, 1, 1))
        >>> by_status = Post.objects.count_by("status").filled(values=["draft", "published", "lost"])
        """
        bounds = (start, end)
        return self._reading("filled", filled(self._scope("filled"), self.query, bounds, values, default))

    def _reading(self, method: str, table: SqlQuery) -> Groups[M]:
        """The rows of ``table``, which is made of those of the chain, by their keys."""
        rows: Any = self._chain()
        rows.query = table
        rows = rows.values(*table.selected)
        return cast("Groups[M]", rows.order_by(*order_terms(rows._scope(method), patterns_of(table)["groups"])))
