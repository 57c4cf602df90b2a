"""Annotations by the moments of a row."""

from __future__ import annotations

from datetime import date, datetime
from typing import Self

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.kinds import kinds
from querysets.sql.aggregates.buckets import Unit, truncated
from querysets.sql.subqueries import moments


class Moments(PatternBase[M, Row]):
    """What a row gains by its dates and times."""

    @kinds("annotation")
    def with_duration(
        self, start: str | None = None, end: str | None = None, *, as_: str = "duration", at: datetime | None = None
    ) -> Self:
        """Each row with the time from one moment to another; NULL if either is, negative if they are reversed.

        Parameters
        ----------
        start
            A date or datetime by name. Default: the ``timestamp`` role.
        end
            Another of the same type. Default: now.
        as_
            Name of the result, a timedelta.
        at
            The moment taken as now.

        Raises
        ------
        TypeError
            One is a date and the other a datetime.

        SQL
        ---
        ``end_time - start_time``.

        Examples
        --------
        >>> long_runs = Post.objects.with_duration("start_time", "end_time").at_least(duration=timedelta(hours=2))
        >>> waiting = Post.objects.with_duration(as_="waiting")
        """
        found = moments.duration(self._scope("with_duration"), start, end, at)
        return self._with(as_, found, ("with_duration", start, end, at))

    @kinds("annotation")
    def with_age(self, field: str = "dob", on: date | None = None, *, tz: str | None = None, as_: str = "age") -> Self:
        """Each row with the completed years since a day; NULL for NULL and for who is not born yet.

        Who was born on 29 February turns on 1 March where there is none, as in ``aged()``.

        Parameters
        ----------
        field
            A date or datetime by name.
        on
            The day on which the years are counted. Default: today in ``tz``.
        tz
            Name of a zone; default: the current one.
        as_
            Name of the result.

        Raises
        ------
        TypeError
            ``on`` is no date.

        SQL
        ---
        ``EXTRACT(YEAR FROM AGE(%s, dob))``. ``aged()`` is the filter that an index serves.

        Examples
        --------
        >>> adults = User.objects.with_age("dob", date(2026, 3, 1)).at_least(age=18)
        """
        found = moments.age(self._scope("with_age"), field, on, tz)
        return self._with(as_, found, ("with_age", field, on, tz))

    @kinds("annotation")
    def with_local(
        self,
        field: str,
        unit: Unit,
        tz: str | None = None,
        *,
        week_start: int = 1,
        start_month: int = 1,
        as_: str | None = None,
    ) -> Self:
        """Each row with the period that its moment falls into: what ``bucketed`` would group by.

        Parameters
        ----------
        field
            A date or datetime by name.
        unit, tz, week_start, start_month
            As in ``bucketed``: the first moment of a month, the number of an hour of the day.
        as_
            Default: ``<field>_<unit>``, for a timedelta ``<field>_period``.

        SQL
        ---
        ``DATE_TRUNC('month', created_at, 'Europe/Paris')``.

        Examples
        --------
        >>> monthly = Post.objects.with_local("created_at", "month", "Europe/Paris", as_="month")
        >>> best = monthly.top_per(["category", "month"], 3, by="-rating")
        """
        scope = self._scope("with_local")
        found = truncated(scope, unit, scope.path(field), tz=tz, week_start=week_start, start_month=start_month)
        alias = as_ or f"{field.replace('__', '_')}_{unit if isinstance(unit, str) else 'period'}"
        return self._with(alias, found, ("with_local", field, unit, tz, week_start, start_month))

    @kinds("annotation")
    def with_workdays(self, start: str, end: str, *, tz: str | None = None, as_: str = "workdays") -> Self:
        """Each row with the Mondays to Fridays after the day of ``start``, up to and with that of ``end``.

        0 if that is the same day or an earlier one, NULL if either is NULL. Holidays are workdays.

        Parameters
        ----------
        start, end
            Dates or datetimes by name.
        tz
            Name of the zone whose days are meant; default: the current one.
        as_
            Name of the result.

        SQL
        ---
        Arithmetic on the numbers of the two days: weeks times five, and the rest.

        Examples
        --------
        >>> slow = Order.objects.with_workdays("created_at", "paid_at", tz="UTC").above(workdays=5)
        """
        found = moments.workdays(self._scope("with_workdays"), start, end, tz)
        return self._with(as_, found, ("with_workdays", start, end, tz))
