"""Bodies of the conditions on spans of time: from one field to another, a range, or the years since a day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.contrib.postgres.fields import DateRangeField, DateTimeRangeField
from django.db.models import F, Func, Q, Value
from django.db.models.lookups import GreaterThanOrEqual, LessThanOrEqual

from querysets.conditions import NOTHING
from querysets.errors import UnknownField
from querysets.scope import Scope
from querysets.sql import calendar
from querysets.sql.values import counted
from querysets.sql.zones import instant, now, zone_of

from .times import Column, column_at, is_empty


@dataclass(frozen=True, slots=True)
class _Pair:
    """``[start, end)`` in two columns: no start is never, or since ever if asked for; no end is forever."""

    start: Column
    end: Column
    open_start: bool

    @property
    def column(self) -> Column:
        return self.start

    @property
    def field(self) -> Any:
        """What a range of the two would be."""
        return DateRangeField() if self.start.is_date else DateTimeRangeField()

    @property
    def span(self) -> Any:
        """The range of a row that overlaps anything: of others it could end before it starts."""
        function = "DATERANGE" if self.start.is_date else "TSTZRANGE"
        return Func(F(self.start.name), F(self.end.name), Value("[)"), function=function, output_field=self.field)

    def covering(self, moment: Any) -> Q:
        begun = Q((f"{self.start.name}__lte", self.start.point(moment, "moment")))
        ahead = Q((f"{self.end.name}__gt", self.end.point(moment, "moment")))
        return self._or_ever(begun) & self._or_forever(ahead)

    def overlapping(self, low: Any, high: Any) -> Q:
        start, end = self.start.name, self.end.name
        begun = Q((f"{start}__isnull", False)) if high is None else Q((f"{start}__lt", high))
        # Ranges made of the two columns would say the rest in one operator, but fail where a row ends before it starts
        lasting = self._or_ever(Q((f"{end}__gt", F(start))))
        ahead = lasting if low is None else Q((f"{end}__gt", low)) & lasting
        return self._or_ever(begun) & self._or_forever(ahead)

    def _or_ever(self, begun: Q) -> Q:
        name, scope = self.start.name, self.start.scope
        if not (self.open_start and scope.nullable(name)):
            return begun
        relation = name.rpartition("__")[0]
        never = Q((f"{name}__isnull", True))
        if relation and name not in scope.annotations and scope.nullable(relation):
            never &= Q((f"{relation}__isnull", False))  # what is not there at all has no start to leave open
        return never | begun

    def _or_forever(self, ahead: Q) -> Q:
        return Q((f"{self.end.name}__isnull", True)) | ahead if self.end.scope.nullable(self.end.name) else ahead


@dataclass(frozen=True, slots=True)
class _Range:
    """A range column; no lower bound is never, or since ever if asked for."""

    column: Column
    field: Any
    open_start: bool

    @property
    def span(self) -> Any:
        return F(self.column.name)

    def covering(self, moment: Any) -> Q:
        return Q((f"{self.column.name}__contains", self.column.point(moment, "moment"))) & self._bounded()

    def overlapping(self, low: Any, high: Any) -> Q:
        given = self.field.range_type(low, high, "[)")  # said in full: a field may have other bounds by default
        return Q((f"{self.column.name}__overlap", given)) & self._bounded()

    def _bounded(self) -> Q:
        return Q() if self.open_start else Q((f"{self.column.name}__lower_inf", False))


def covering(
    scope: Scope, moment: Any, start_field: str | None = None, end_field: str | None = None, *,
    field: str | None = None, open_start: bool = False, tz: str | None = None,
) -> Q:  # fmt: skip
    span = _span(scope, start_field, end_field, field, tz, open_start=open_start)
    return span.covering(now(scope, None) if moment is None else moment)


def overlapping(
    scope: Scope, start: Any, end: Any, start_field: str | None = None, end_field: str | None = None, *,
    field: str | None = None, open_start: bool = False, tz: str | None = None,
) -> Q:  # fmt: skip
    window = within(scope, start, end, start_field, end_field, field=field, open_start=open_start, tz=tz)
    return NOTHING if window is None else window.rows


class Window(NamedTuple):
    """A stretch of time: the rows that share a moment with it, the span of each, and itself as such a span."""

    rows: Q
    span: Any
    itself: Value


def within(
    scope: Scope, start: Any, end: Any, start_field: str | None = None, end_field: str | None = None, *,
    field: str | None = None, open_start: bool | None = None, tz: str | None = None,
) -> Window | None:  # fmt: skip
    """What ``[start, end)`` is to the spans of rows; None where there is no moment in it.

    Unless it is said, a range without a lower bound begins before all, as the server has it, and NULL in a field never.
    """
    open_start = start_field is None if open_start is None else open_start
    span = _span(scope, start_field, end_field, field, tz, open_start=open_start)
    for name, bound in (("start", start), ("end", end)):
        if hasattr(bound, "resolve_expression"):  # it could lie on the wrong side of the other in some row
            raise TypeError(f"{scope.label}: {name} must be a date or an aware datetime, got the expression {bound!r}")
    if _is_no_time(span.column, start, end):
        return None
    low, high = _touched(span.column, start, end)
    itself = Value(span.field.range_type(low, high, "[)"), output_field=span.field)
    return Window(span.overlapping(low, high), span.span, itself)


def aged(
    scope: Scope, min: int | None = None, max: int | None = None, *,  # noqa: A002
    field: str = "dob", on: date | None = None, tz: str | None = None,
) -> Q:  # fmt: skip
    born, day = column_at(scope, scope.path(field), tz), _day(scope, on, tz)
    least = 0 if min is None else counted(scope, "min", min)
    if max is not None and counted(scope, "max", max) < least:
        return NOTHING
    last = calendar.years_before(day, least)
    older = None if max is None else calendar.years_before(day, max + 1)
    return NOTHING if last is None else born.on_days(older and older + timedelta(days=1), last)


def anniversary_within(
    scope: Scope, days: int, *, field: str = "dob", on: date | None = None, tz: str | None = None
) -> Q:
    kept = column_at(scope, scope.path(field), tz)
    places = calendar.anniversaries(_day(scope, on, tz), counted(scope, "days", days))
    if places is None:
        return Q((f"{kept.name}__isnull", False))
    first, last = places
    # The form of the expression index that serves it: EXTRACT of a date is immutable, TO_CHAR is not.
    place = kept.part("MONTH") * Value(100) + kept.part("DAY")
    since, until = Q(GreaterThanOrEqual(place, first)), Q(LessThanOrEqual(place, last))
    return since & until if first <= last else since | until


def _span(
    scope: Scope, start_field: str | None, end_field: str | None, field: str | None, tz: str | None, *, open_start: bool
) -> _Pair | _Range:
    if (start_field is None) != (end_field is None) or (start_field is not None and field is not None):
        raise TypeError(f"{scope.label}: pass start_field and end_field, or field=... for a range, or none of them")
    if start_field is None or end_field is None:
        return _range(
            scope, scope.role("range", field, argument="start_field and end_field, or field=..."), tz, open_start
        )
    start, end = (column_at(scope, scope.path(name), tz) for name in (start_field, end_field))
    if start.is_date != end.is_date:
        raise UnknownField(f"{scope.label}: {start_field!r} and {end_field!r} must both be dates, or both datetimes")
    return _Pair(start, end, open_start)


def _range(scope: Scope, name: str, tz: str | None, open_start: bool) -> _Range:  # noqa: FBT001
    held = scope.field(name)
    if not isinstance(held, DateRangeField | DateTimeRangeField):
        raise UnknownField(f"{scope.label}: {name!r} is no range of dates or datetimes")
    if tz is not None:
        zone_of(scope, tz)
    column = Column(scope, name, tz, isinstance(held, DateRangeField))
    return _Range(column, held, open_start)


def _is_no_time(column: Column, start: Any, end: Any) -> bool:
    """Whether there is no moment in ``[start, end)``: counted in days only where all are days."""
    moments = isinstance(start, datetime) or isinstance(end, datetime)
    exact = replace(column, is_date=column.is_date and not moments)
    return start is not None and end is not None and is_empty(exact.point(start, "start"), exact.point(end, "end"))


def _touched(column: Column, start: Any, end: Any) -> tuple[Any, Any]:
    """The bounds as the column is compared with them: for dates, around all days that share a moment with them."""
    low = None if start is None else column.point(start, "start")
    if end is None:
        return low, None
    high = column.point(end, "end")
    if column.is_date and isinstance(end, datetime):
        goes_on = calendar.begins(high, column.zone) < instant(column.scope, end, "end")
        high = high if not goes_on else None if high == date.max else high + timedelta(days=1)
    return low, high


def _day(scope: Scope, on: date | None, tz: str | None) -> date:
    """The day taken as today: that of the clocks in the zone unless given."""
    if on is None:
        return calendar.seen_in(zone_of(scope, tz), now(scope, None)).date()
    if isinstance(on, datetime):
        raise ValueError(f"{scope.label}: on is a date, got the moment {on.isoformat()}; pass its date in your zone")  # noqa: TRY004
    if not isinstance(on, date):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"{scope.label}: on must be a date, got {on!r}")
    return on
