"""Filters on spans of time: what was valid when, and how old someone is."""

from __future__ import annotations

from datetime import date, datetime
from typing import Self

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.kinds import kinds
from querysets.sql.filters import spans
from querysets.sql.filters.times import Moment


class Spans(PatternBase[M, Row]):
    """Spans ``[start, end)`` in two fields or in a range, and the years since a day."""

    @kinds("filter")
    def covering(
        self,
        moment: Moment | None = None,
        start_field: str | None = None,
        end_field: str | None = None,
        *,
        field: str | None = None,
        open_start: bool = False,
        tz: str | None = None,
    ) -> Self:
        """Rows whose span has begun by ``moment`` and has not ended.

        Parameters
        ----------
        moment
            An aware datetime, a date for the midnight at which it begins, or an expression. Default: now. It counts as
            its date where the span is one of dates.
        start_field, end_field : paths to two dates or two datetimes
            The span ``[start, end)``. NULL as the end is forever, NULL as the start is never.
        field : path to a range of dates or datetimes
            Instead of the two. Default: the ``range`` role. An end without a bound counts as NULL; whether a bound is
            in is the range's to say.
        open_start
            NULL as the start is since ever.
        tz
            The zone of dates. Default: the current one.

        Raises
        ------
        MissingRole
            No field is given, nor the role.
        ValueError
            ``moment`` is naive.

        SQL
        ---
        ``start <= %s AND (end IS NULL OR end > %s)``, a btree on one of them; for a range ``during @> %s AND NOT
        LOWER_INF(during)``, a GiST index.

        Examples
        --------
        >>> live = Post.objects.covering(None, "published_at", "expires_at")
        """
        return self._where(spans.covering, moment, start_field, end_field, field=field, open_start=open_start, tz=tz)

    @kinds("filter")
    def overlapping(
        self,
        start: date | datetime | None,
        end: date | datetime | None,
        start_field: str | None = None,
        end_field: str | None = None,
        *,
        field: str | None = None,
        open_start: bool = False,
        tz: str | None = None,
    ) -> Self:
        """Rows whose span shares a moment with ``[start, end)``; spans that only touch share none.

        Parameters
        ----------
        start, end
            Aware datetimes, or dates for the midnight at which they begin; ``None`` for since ever and forever. Where
            ``start >= end`` there is no moment to share, and no row. Spans of dates are held against all days that
            ``[start, end)`` has a part of.
        start_field, end_field, field, open_start, tz
            As in ``covering``. A row that ends when or before it starts overlaps nothing.

        Raises
        ------
        MissingRole
            No field is given, nor the role.
        ValueError
            A datetime is naive.

        SQL
        ---
        ``start < %s AND (end IS NULL OR end > %s AND end > start)``, a btree on one of them; for a range ``during && %s
        AND NOT LOWER_INF(during)``, a GiST index.

        Examples
        --------
        >>> from datetime import date
        >>> march = Post.objects.overlapping(date(2026, 3, 1), date(2026, 4, 1), "start_time", "end_time")
        """
        return self._where(
            spans.overlapping, start, end, start_field, end_field, field=field, open_start=open_start, tz=tz
        )

    @kinds("filter")
    def aged(
        self,
        min: int | None = None,  # noqa: A002
        max: int | None = None,  # noqa: A002
        *,
        field: str = "dob",
        on: date | None = None,
        tz: str | None = None,
    ) -> Self:
        """Rows that are ``min`` to ``max`` years old, in completed years, both included.

        Who is born on 29 February turns a year older on 1 March of a common year: PostgreSQL's ``age()``.

        Parameters
        ----------
        min, max
            0 or more; ``None`` for no limit. ``min > max`` is no row. Without a date, or with one that is still to
            come, a row has no age and is out, whatever the limits.
        field : path to a date or datetime
            The day of birth, or of anything that has a birthday.
        on
            The day taken as today. Default: that of now in ``tz``.
        tz
            Name of the zone. Default: the current one.

        Raises
        ------
        ValueError
            A limit is negative, or ``on`` is a datetime.

        SQL
        ---
        ``dob >= %s AND dob <= %s``. A btree on the field.

        Examples
        --------
        >>> adults = User.objects.aged(18)
        >>> twenties = User.objects.aged(20, 29)
        """
        return self._where(spans.aged, min, max, field=field, on=on, tz=tz)

    @kinds("filter")
    def anniversary_within(
        self, days: int, *, field: str = "dob", on: date | None = None, tz: str | None = None
    ) -> Self:
        """Rows whose day comes around today or in one of the next ``days`` days, over New Year too.

        Of the day only month and day of the month count. 29 February comes around on 1 March of a common year.

        Parameters
        ----------
        days
            0 is today alone; from 365 on, all rows with a date. NULL is out.
        field, on, tz
            As in ``aged``.

        Raises
        ------
        ValueError
            ``days`` is negative, or ``on`` is a datetime.

        SQL
        ---
        ``EXTRACT(MONTH FROM dob) * 100 + EXTRACT(DAY FROM dob)`` compared with two numbers. A btree on this expression:
        ``Index(ExtractMonth("dob") * 100 + ExtractDay("dob"), name=...)``.

        Examples
        --------
        >>> soon = User.objects.anniversary_within(7)
        """
        return self._where(spans.anniversary_within, days, field=field, on=on, tz=tz)
