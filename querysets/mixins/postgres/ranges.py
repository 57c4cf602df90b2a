"""Spans of time of many rows at once: what they take up, what they leave free, and a row for what is free."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, Self, TypeAlias, overload

from asgiref.sync import sync_to_async
from django.db import IntegrityError, transaction
from django.db.models import Q
from psycopg.types.range import Range

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.kinds import kinds
from querysets.sql.filters.spans import within
from querysets.sql.postgres import ranges

Start: TypeAlias = date | datetime | None
Spans: TypeAlias = list[Range[Any]]


class Ranges(PatternBase[M, Row]):
    """Spans ``[start, end)`` in a range or in two fields, as sets of moments."""

    @kinds("terminal")
    def merged_ranges(
        self,
        start: Start,
        end: Start,
        start_field: str | None = None,
        end_field: str | None = None,
        *,
        field: str | None = None,
        open_start: bool | None = None,
        tz: str | None = None,
    ) -> Spans:
        """What the spans of the rows take up of ``[start, end)``: ranges, ascending, with a gap between any two.

        Spans that overlap or touch are one, and what lies outside is cut off.

        Parameters
        ----------
        start, end
            As in ``overlapping()``: ``None`` for since ever and forever; where ``start >= end`` there is nothing.
        start_field, end_field, field, tz
            As in ``covering()``: two fields, or a range, by default the ``range`` role.
        open_start
            Without a start, a row takes all that is before its end. Default: a range does, for so it is kept from
            overlapping others, and NULL in a field does not.

        Raises
        ------
        MissingRole
            No field is given, nor the role.
        ValueError
            A datetime is naive.

        SQL
        ---
        ``SELECT RANGE_AGG(during) * TSTZMULTIRANGE(%s) ... WHERE during && %s``. The index of ``overlapping()``.

        Examples
        --------
        >>> busy = Post.objects.merged_ranges(date(2026, 3, 1), date(2026, 4, 1), "start_time", "end_time")
        """
        scope = self._scope("merged_ranges")
        window = within(scope, start, end, start_field, end_field, field=field, open_start=open_start, tz=tz)
        if window is None:
            return []
        found: Spans = self._spanning(window.rows).aggregate(_found=ranges.merged(window))["_found"]
        return found

    @kinds("terminal")
    async def amerged_ranges(
        self,
        start: Start,
        end: Start,
        start_field: str | None = None,
        end_field: str | None = None,
        *,
        field: str | None = None,
        open_start: bool | None = None,
        tz: str | None = None,
    ) -> Spans:
        """``merged_ranges``, asynchronously."""
        merged = sync_to_async(self.merged_ranges)
        return await merged(start, end, start_field, end_field, field=field, open_start=open_start, tz=tz)

    @overload
    def free_slots(
        self,
        start: Start,
        end: Start,
        start_field: str | None = None,
        end_field: str | None = None,
        *,
        minimum: timedelta | None = None,
        per: None = None,
        field: str | None = None,
        open_start: bool | None = None,
        tz: str | None = None,
    ) -> Spans: ...

    @overload
    def free_slots(
        self,
        start: Start,
        end: Start,
        start_field: str | None = None,
        end_field: str | None = None,
        *,
        minimum: timedelta | None = None,
        per: str,
        field: str | None = None,
        open_start: bool | None = None,
        tz: str | None = None,
    ) -> dict[Any, Spans]: ...

    @kinds("terminal")
    def free_slots(
        self,
        start: Start,
        end: Start,
        start_field: str | None = None,
        end_field: str | None = None,
        *,
        minimum: timedelta | None = None,
        per: str | None = None,
        field: str | None = None,
        open_start: bool | None = None,
        tz: str | None = None,
    ) -> Spans | dict[Any, Spans]:
        """What the spans of the rows leave free of ``[start, end)``: ranges, ascending; without rows, all of it.

        Parameters
        ----------
        start, end
            As in ``overlapping()``: ``None`` for since ever and forever; where ``start >= end`` there is nothing.
        start_field, end_field, field, tz
            As in ``covering()``: two fields, or a range, by default the ``range`` role.
        open_start
            Without a start, a row takes all that is before its end. Default: a range does, for so it is kept from
            overlapping others, and NULL in a field does not.
        minimum
            Only slots that last at least so long; one without an end does. Default: all.
        per
            A foreign key: a dict of the slots by its values, ascending. It has every row of the related model's default
            manager, those that no row of the chain points to included.

        Raises
        ------
        MissingRole
            No field is given, nor the role.
        ValueError
            A datetime is naive, or ``minimum`` is not more than 0.
        TypeError
            ``per`` is no foreign key, or ``minimum`` no timedelta.

        SQL
        ---
        ``SELECT TSTZMULTIRANGE(%s) - COALESCE(RANGE_AGG(during), '{}') ... WHERE during && %s``. The index of
        ``overlapping()``; ``per`` a foreign key is one look into the index of ``(room, during)`` for each room.

        Examples
        --------
        >>> day = (datetime(2026, 3, 1, 8, tzinfo=UTC), datetime(2026, 3, 1, 18, tzinfo=UTC))
        >>> slots = Post.objects.free_slots(*day, "start_time", "end_time", minimum=timedelta(minutes=30))
        """
        scope = self._scope("free_slots")
        window = within(scope, start, end, start_field, end_field, field=field, open_start=open_start, tz=tz)
        least = ranges.least(scope, minimum)
        key = None if per is None else ranges.foreign_key(scope, per)
        if window is None:
            return [] if key is None else {}
        rows = self._spanning(window.rows)
        if key is not None:
            return dict(ranges.free_of_each(rows, key, window, least))
        found: Spans = rows.aggregate(_found=ranges.free(window, ranges.taken(window), least))["_found"]
        return found

    @overload
    async def afree_slots(
        self,
        start: Start,
        end: Start,
        start_field: str | None = None,
        end_field: str | None = None,
        *,
        minimum: timedelta | None = None,
        per: None = None,
        field: str | None = None,
        open_start: bool | None = None,
        tz: str | None = None,
    ) -> Spans: ...

    @overload
    async def afree_slots(
        self,
        start: Start,
        end: Start,
        start_field: str | None = None,
        end_field: str | None = None,
        *,
        minimum: timedelta | None = None,
        per: str,
        field: str | None = None,
        open_start: bool | None = None,
        tz: str | None = None,
    ) -> dict[Any, Spans]: ...

    @kinds("terminal")
    async def afree_slots(
        self,
        start: Start,
        end: Start,
        start_field: str | None = None,
        end_field: str | None = None,
        *,
        minimum: timedelta | None = None,
        per: str | None = None,
        field: str | None = None,
        open_start: bool | None = None,
        tz: str | None = None,
    ) -> Any:
        """``free_slots``, asynchronously."""
        free: Any = sync_to_async(self.free_slots)
        span = (start, end, start_field, end_field)
        return await free(*span, minimum=minimum, per=per, field=field, open_start=open_start, tz=tz)

    @kinds("write")
    def create_if_free(self, /, **values: Any) -> M | None:
        """The row that was made, or None where it would overlap another: of many calls at a time, one makes it.

        An ``ExclusionConstraint`` of the model says what is free, whatever the chain keeps. Inside of a transaction
        that goes on either way.

        Parameters
        ----------
        **values
            Field = value, as in ``create()``; a range is a range, or a pair ``(start, end)``. A related manager gives
            its own row.

        Raises
        ------
        WrongShape
            The model has no ``ExclusionConstraint``, or one that is checked at the end of the transaction only.
        UnknownField
            There is no such field.
        ValueError
            A value cannot be one of the field, or a range has nothing in it.
        TypeError
            A range is neither a range nor a pair.

        SQL
        ---
        A savepoint and one INSERT: the index of the constraint decides, so that nothing is looked up before. Any other
        error is raised.

        Examples
        --------
        >>> slot = (datetime(2030, 1, 1, 10, tzinfo=UTC), datetime(2030, 1, 1, 11, tzinfo=UTC))
        >>> booking = Booking.objects.create_if_free(room_id=1, user_id=1, during=slot)
        """
        scope = self._scope("create_if_free")
        ranges.check_excluding(scope)
        row: Any = ranges.new_row(scope, getattr(self, "_known_related_objects", {}), values)
        self._for_write = True
        try:
            with transaction.atomic(using=self.db):
                row.save(force_insert=True, using=self.db)
        except IntegrityError as error:
            if ranges.is_taken(error):
                return None
            raise
        made: M = row
        return made

    @kinds("write")
    async def acreate_if_free(self, /, **values: Any) -> M | None:
        """``create_if_free``, asynchronously."""
        return await sync_to_async(self.create_if_free)(**values)

    def _spanning(self, within: Q) -> Self:
        """The rows that a window has something of, once each is a row."""
        settled = self.query.distinct or self.query.group_by is True
        return (self._frozen() if settled else self._beneath()).filter(within)
