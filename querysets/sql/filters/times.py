"""Bodies of the conditions on one moment of a row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, TypeAlias

from django.db.models import DateField, DateTimeField, F, Q, Value
from django.db.models.expressions import Combinable
from django.db.models.lookups import GreaterThanOrEqual, In, LessThan

from querysets.conditions import NOTHING
from querysets.errors import UnknownField
from querysets.scope import Scope
from querysets.sql import calendar
from querysets.sql.calendar import Days, Unit, begins
from querysets.sql.expressions import AtTimeZone, DatePart
from querysets.sql.values import counted, numbered, one_of, whole
from querysets.sql.zones import instant, now, zone_name, zone_of

Moment: TypeAlias = date | datetime | Combinable


@dataclass(slots=True)
class Column:
    """A date or datetime of the rows, and the zone whose clocks and calendar it is read by.

    A date column is compared with dates, never cast: a moment counts as its date in the zone.
    """

    scope: Scope
    name: str
    tz: str | None
    is_date: bool

    @property
    def zone(self) -> tzinfo:
        """The zone whose clocks and calendar the column is read by."""
        return zone_of(self.scope, self.tz)

    def point(self, moment: Any, what: str) -> Any:
        """``moment`` as the column is compared with it; expressions as they are."""
        if isinstance(moment, datetime) and not self.is_date:
            return moment if moment.tzinfo is UTC else instant(self.scope, moment, what)
        if hasattr(moment, "resolve_expression"):
            return moment
        if isinstance(moment, date) and not isinstance(moment, datetime):
            return moment if self.is_date else begins(moment, self.zone)
        if not isinstance(moment, datetime):
            raise TypeError(f"{self.scope.label}: {what} must be a date or an aware datetime, got {moment!r}")
        absolute = instant(self.scope, moment, what)
        return calendar.seen_in(self.zone, absolute).date() if self.is_date else absolute

    def compared(self, **moments: Any) -> Q:
        """Lookup = moment, all of which must hold."""
        return Q(*[(f"{self.name}__{lookup}", self.point(moment, lookup)) for lookup, moment in moments.items()])

    def between(self, start: Any, end: Any) -> Q:
        """From ``start`` until before ``end``; None for an open end."""
        low = None if start is None else self.point(start, "start")
        high = None if end is None else self.point(end, "end")
        if low is None and high is None:
            return Q((f"{self.name}__isnull", False))
        if is_empty(low, high):
            return NOTHING
        bounds = {"gte": low, "lt": high}
        return Q(*((f"{self.name}__{lookup}", bound) for lookup, bound in bounds.items() if bound is not None))

    def on_days(self, first: date | None, last: date) -> Q:
        """On one of the days from ``first`` to ``last``."""
        since = Q() if first is None else self.compared(gte=first)
        if self.is_date:
            return since & self.compared(lte=last)
        if last == date.max:  # no day follows, but PostgreSQL's calendar goes on, and has infinity
            return since & Q((f"{self.name}__lte", datetime.combine(last, time.max, self.zone)))
        return since & self.compared(lt=last + timedelta(days=1))

    def part(self, part: str) -> Any:
        """A part of the local date or time, as a number."""
        local: Any = F(self.name)
        if not self.is_date:
            local = AtTimeZone(local, Value(zone_name(self.scope, self.tz)), output_field=DateTimeField())
        return DatePart(local, part=part)


def column_at(scope: Scope, name: str, tz: str | None) -> Column:
    """The column at the path ``name``, which is checked already."""
    held = scope.field(name)
    if not isinstance(held, DateField):
        raise UnknownField(f"{scope.label}: {name!r} is no date or datetime")
    if tz is not None:
        zone_of(scope, tz)  # a wrong name is an error even where no clock is read
    return Column(scope, name, tz, is_date=not isinstance(held, DateTimeField))


def is_empty(low: Any, high: Any) -> bool:
    """Whether nothing lies in ``[low, high)``, as far as it shows before SQL."""
    return isinstance(low, date) and isinstance(high, date) and low >= high


def recent(
    scope: Scope,
    hours: float | timedelta,
    *,
    field: str | None = None,
    tz: str | None = None,
    at: datetime | None = None,
) -> Q:
    moment = now(scope, at)
    since = _moved(scope, moment, "hours", _length(scope, "hours", hours), sign=-1)
    column = _timed(scope, field, tz)
    return Q((f"{column.name}__range", (column.point(since, "hours"), column.point(moment, "at"))))


def upcoming(
    scope: Scope,
    hours: float | timedelta,
    *,
    field: str | None = None,
    tz: str | None = None,
    at: datetime | None = None,
) -> Q:
    moment = now(scope, at)
    until = _moved(scope, moment, "hours", _length(scope, "hours", hours))
    return _timed(scope, field, tz).compared(gt=moment, lte=until)


def older_than(
    scope: Scope,
    days: float | timedelta,
    *,
    field: str | None = None,
    tz: str | None = None,
    at: datetime | None = None,
) -> Q:
    before = _moved(scope, now(scope, at), "days", _length(scope, "days", days), sign=-1)
    return _timed(scope, field, tz).compared(lt=before)


def between(scope: Scope, start: Any, end: Any, *, field: str | None = None, tz: str | None = None) -> Q:
    return _timed(scope, field, tz).between(start, end)


def during(
    scope: Scope, year: int | date, month: int | None = None, *, quarter: int | None = None, week: int | None = None,
    start_month: int = 1, field: str | None = None, tz: str | None = None,
) -> Q:  # fmt: skip
    parts = {"month": month, "quarter": quarter, "week": week}
    named = [name for name, value in parts.items() if value is not None]
    if start_month != 1:
        named.append("start_month")
    days = _one_day(scope, year, named) if isinstance(year, date) else _period(scope, year, named, start_month, **parts)
    return _timed(scope, field, tz).on_days(*days)


def this(
    scope: Scope, unit: Unit, offset: int = 0, count: int = 1, *, week_start: int = 1,
    field: str | None = None, tz: str | None = None, at: datetime | None = None,
) -> Q:  # fmt: skip
    one_of(scope, "unit", unit, calendar.UNITS)
    numbered(scope, "week_start", week_start, 1, 7)
    counted(scope, "count", count)
    whole(scope, "offset", offset)
    column, moment = _timed(scope, field, tz), now(scope, at)
    if unit == "hour":
        if column.is_date:
            raise UnknownField(f"{scope.label}: {column.name!r} is a date, which has no hours; name a datetime")
        start = _moved(scope, calendar.hour_of(moment, column.zone), "offset", offset)
        return column.between(start, _moved(scope, start, "count", count))
    today = calendar.seen_in(column.zone, moment).date()
    if count == 0:
        return NOTHING
    days = calendar.units(unit, today, offset, count, week_start=week_start)
    if days is None:
        raise ValueError(f"{scope.label}: offset={offset!r} reaches beyond the years 1 to 9999")
    return column.on_days(*days)


def on_weekdays(scope: Scope, *iso_days: int, field: str | None = None, tz: str | None = None) -> Q:
    column = _timed(scope, field, tz)
    wanted = sorted({numbered(scope, "a weekday", day, 1, 7) for day in iso_days})
    return Q(In(column.part("ISODOW"), wanted)) if wanted else NOTHING


def between_hours(scope: Scope, start: int, end: int, *, field: str | None = None, tz: str | None = None) -> Q:
    column = _timed(scope, field, tz)
    if column.is_date:
        raise UnknownField(f"{scope.label}: {column.name!r} is a date, which has no hours; name a datetime")
    numbered(scope, "start", start, 0, 24)
    numbered(scope, "end", end, 0, 24)
    if start == end:
        return NOTHING
    hour = column.part("HOUR")
    since, until = Q(GreaterThanOrEqual(hour, start)), Q(LessThan(hour, end))
    return since & until if start < end else since | until


def _timed(scope: Scope, field: str | None, tz: str | None) -> Column:
    return column_at(scope, scope.role("timestamp", field), tz)


def _length(scope: Scope, unit: str, span: Any) -> float | timedelta:
    """A length of time: a number of units, or a timedelta."""
    if isinstance(span, bool) or not isinstance(span, (int, float, timedelta)):
        raise TypeError(f"{scope.label}: {unit} must be a number or a timedelta, got {span!r}")
    finite = span >= timedelta() if isinstance(span, timedelta) else 0 <= span < float("inf")
    if not finite:
        raise ValueError(f"{scope.label}: {unit} must be 0 or more, and finite, got {span!r}")
    return span


def _moved(scope: Scope, moment: datetime, name: str, span: float | timedelta, *, sign: int = 1) -> datetime:
    """``moment`` by so many days or hours later, or earlier if ``sign`` is -1."""
    try:
        length = (
            span if isinstance(span, timedelta) else timedelta(days=span) if name == "days" else timedelta(hours=span)
        )
        return moment + length if sign > 0 else moment - length
    except OverflowError:
        raise ValueError(f"{scope.label}: {name}={span!r} reaches beyond the years 1 to 9999") from None


def _one_day(scope: Scope, day: date, named: list[str]) -> Days:
    if isinstance(day, datetime):
        raise ValueError(  # noqa: TRY004 (a datetime is a date to Python)
            f"{scope.label}: a day is a date, got the moment {day.isoformat()}; pass its date in your zone"
        )
    if named:
        raise ValueError(f"{scope.label}: the date {day.isoformat()} is a day already; {named[0]} goes with a year")
    return Days(day, day)


def _period(
    scope: Scope,
    year: int,
    named: list[str],
    start_month: int,
    *,
    month: int | None,
    quarter: int | None,
    week: int | None,
) -> Days:
    if len(named) > 1 and named != ["quarter", "start_month"]:
        raise ValueError(
            f"{scope.label}: {' and '.join(named)} exclude each other; pass month, quarter, week or start_month, "
            "or quarter with start_month"
        )
    numbered(scope, "year", year, 1, 9999)
    numbered(scope, "start_month", start_month, 1, 12)
    if month is not None:
        days = calendar.months(year, numbered(scope, "month", month, 1, 12), 1)
    elif quarter is not None:
        days = calendar.months(year, start_month + 3 * (numbered(scope, "quarter", quarter, 1, 4) - 1), 3)
    elif week is not None:
        days = calendar.iso_week(year, numbered(scope, "week", week, 1, calendar.iso_weeks(year)))
    else:
        days = calendar.months(year, start_month, 12)
    if days is None:
        raise ValueError(f"{scope.label}: the period lies beyond the year 9999")
    return days
