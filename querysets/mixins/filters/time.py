"""Filters on one moment of a row."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Self

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.kinds import kinds
from querysets.sql.calendar import Unit
from querysets.sql.filters import times
from querysets.sql.filters.times import Moment


class Time(PatternBase[M, Row]):
    """When a row was made, changed, published: any date or datetime.

    On a date field, which is compared with dates and never cast, every moment counts as its date in the zone.
    """

    @kinds("filter")
    def recent(
        self, hours: float | timedelta, *, field: str | None = None, tz: str | None = None, at: datetime | None = None
    ) -> Self:
        """Rows of the last ``hours``, up to now: what lies in the future is not recent.

        Parameters
        ----------
        hours
            0 or more; absolute, so that 24 hours are 24 hours on the days when clocks change, too. ``this("day")`` is
            the calendar's word.
        field : path to a date or datetime
            Default: the ``timestamp`` role. NULL is out.
        tz
            Name of a zone; it matters to a date field only: there, the days from that of ``now - hours`` to today.
        at
            The moment taken as now, aware.

        Raises
        ------
        ValueError
            ``hours`` is negative, not finite, or reaches beyond the calendar; ``at`` is naive.
        MissingRole
            Neither ``field`` nor the role is given.

        SQL
        ---
        ``created_at BETWEEN %s AND %s``. A btree on the field.

        Examples
        --------
        >>> today = Post.objects.recent(24)
        >>> edited = Post.objects.recent(0.5, field="updated_at")
        """
        return self._where(times.recent, hours, field=field, tz=tz, at=at)

    @kinds("filter")
    def upcoming(
        self, hours: float | timedelta, *, field: str | None = None, tz: str | None = None, at: datetime | None = None
    ) -> Self:
        """Rows of the next ``hours``, now itself left out.

        Parameters
        ----------
        hours
            0 (no row) or more, absolute.
        field, tz, at
            As in ``recent``. On a date field: the days after today up to that of ``now + hours``.

        Raises
        ------
        ValueError
            As in ``recent``.

        SQL
        ---
        ``expires_at > %s AND expires_at <= %s``. A btree on the field.

        Examples
        --------
        >>> expiring = Post.objects.upcoming(48, field="expires_at")
        """
        return self._where(times.upcoming, hours, field=field, tz=tz, at=at)

    @kinds("filter")
    def older_than(
        self, days: float | timedelta, *, field: str | None = None, tz: str | None = None, at: datetime | None = None
    ) -> Self:
        """Rows from before ``days`` ago.

        Parameters
        ----------
        days
            0 or more, of 24 hours each.
        field, tz, at
            As in ``recent``. On a date field: the days before that of ``now - days``.

        Raises
        ------
        ValueError
            As in ``recent``.

        SQL
        ---
        ``created_at < %s``. A btree on the field.

        Examples
        --------
        >>> stale = Post.objects.older_than(90, field="updated_at")
        """
        return self._where(times.older_than, days, field=field, tz=tz, at=at)

    @kinds("filter")
    def between(
        self, start: Moment | None, end: Moment | None, *, field: str | None = None, tz: str | None = None
    ) -> Self:
        """Rows from ``start`` until before ``end``.

        Parameters
        ----------
        start, end
            An aware datetime; a date for the midnight at which it begins, as the end too: that day is then not in. An
            expression; ``None`` for an open end. ``start >= end`` is no row. NULL is out, also where both are open.
        field : path to a date or datetime
            Default: the ``timestamp`` role.
        tz
            The zone of midnights, and of the date that a moment counts as on a date field. Default: the current one.

        Raises
        ------
        ValueError
            A datetime is naive.
        TypeError
            A bound is neither; texts are not read as dates.

        SQL
        ---
        ``created_at >= %s AND created_at < %s``. A btree on the field.

        Examples
        --------
        >>> from datetime import date
        >>> spring = Post.objects.between(date(2026, 3, 1), date(2026, 6, 1), tz="Europe/Paris")
        """
        return self._where(times.between, start, end, field=field, tz=tz)

    @kinds("filter")
    def during(
        self,
        year: int | date,
        month: int | None = None,
        *,
        quarter: int | None = None,
        week: int | None = None,
        start_month: int = 1,
        field: str | None = None,
        tz: str | None = None,
    ) -> Self:
        """Rows of a calendar year, month, quarter or ISO week, of a fiscal year, or of one day.

        Parameters
        ----------
        year
            1 to 9999, or a date for that day. A day begins at midnight in the zone, at the first where there are two,
            and at the end of the gap where clocks skip it; so it lasts 23, 24 or 25 hours.
        month, quarter, week
            One of them. ``week`` is the ISO week of the ISO year, which may begin in the year before.
        start_month
            The month in which the year begins that is called ``year``; with ``quarter``, quarters count from it.
        field : path to a date or datetime
            Default: the ``timestamp`` role. NULL is out.
        tz
            Name of the zone of the calendar. Default: the current one. It does not matter to a date field.

        Raises
        ------
        ValueError
            There is no such month, quarter or week; two of them are given; a datetime is given for a day.

        SQL
        ---
        ``created_at >= %s AND created_at < %s``, never EXTRACT or a cast. A btree on the field.

        Examples
        --------
        >>> from datetime import date
        >>> march = Post.objects.during(2026, 3)
        >>> second = Post.objects.during(2026, quarter=2, start_month=4)
        >>> day = Post.objects.during(date(2026, 3, 29), tz="Europe/Paris")
        """
        return self._where(
            times.during, year, month, quarter=quarter, week=week, start_month=start_month, field=field, tz=tz
        )

    @kinds("filter")
    def this(
        self,
        unit: Unit,
        offset: int = 0,
        count: int = 1,
        *,
        week_start: int = 1,
        field: str | None = None,
        tz: str | None = None,
        at: datetime | None = None,
    ) -> Self:
        """Rows of the calendar unit that it is now, or of some before or after it.

        Parameters
        ----------
        unit : {"hour", "day", "week", "month", "quarter", "year"}
            An hour is that of the clocks in the zone, half-hour zones included, and lasts 60 minutes: of an hour that
            comes twice, the one that it is now.
        offset
            How many units later the first one is; -1 for the last month as a whole.
        count
            How many units, from the first one on. 0 is no row.
        week_start
            ISO weekday, 1 (Monday) to 7 (Sunday).
        field, tz, at
            As in ``recent``; ``tz`` is the zone of the calendar. A date field has no hours.

        Raises
        ------
        ValueError
            ``unit`` is none of these, ``count`` is negative, or ``offset`` leads out of the calendar.

        SQL
        ---
        ``created_at >= %s AND created_at < %s``. A btree on the field.

        Examples
        --------
        >>> last_month = Post.objects.this("month", -1, tz="Europe/Paris")
        >>> last_seven_days = Post.objects.this("day", -6, count=7)
        """
        return self._where(times.this, unit, offset, count, week_start=week_start, field=field, tz=tz, at=at)

    @kinds("filter")
    def on_weekdays(self, *iso_days: int, field: str | None = None, tz: str | None = None) -> Self:
        """Rows of some days of the week; none given, no row.

        Parameters
        ----------
        *iso_days
            1 (Monday) to 7 (Sunday).
        field : path to a date or datetime
            Default: the ``timestamp`` role. NULL is out.
        tz
            Name of the zone whose weekday it is. Default: the current one.

        SQL
        ---
        ``EXTRACT(ISODOW FROM created_at AT TIME ZONE %s) IN (...)``. No index serves it: combine it with a range, such
        as ``this("month")``.

        Examples
        --------
        >>> weekend = Post.objects.this("year").on_weekdays(6, 7, tz="Europe/Paris")
        """
        return self._where(times.on_weekdays, *iso_days, field=field, tz=tz)

    @kinds("filter")
    def between_hours(self, start: int, end: int, *, field: str | None = None, tz: str | None = None) -> Self:
        """Rows of some hours of the day, from ``start`` until before ``end`` on the clocks of a zone.

        Parameters
        ----------
        start, end
            0 to 24. ``start > end`` goes over midnight: ``(22, 6)`` is the night. ``start == end`` is no row,
            ``(0, 24)`` the whole day.
        field : path to a datetime
            Default: the ``timestamp`` role. NULL is out.
        tz
            Name of the zone. Default: the current one.

        Raises
        ------
        UnknownField
            The field is a date, which has no hours.

        SQL
        ---
        ``EXTRACT(HOUR FROM created_at AT TIME ZONE %s) >= 9 AND ... < 17``. No index serves it: combine it with a
        range.

        Examples
        --------
        >>> office = Post.objects.on_weekdays(1, 2, 3, 4, 5).between_hours(9, 17)
        """
        return self._where(times.between_hours, start, end, field=field, tz=tz)
