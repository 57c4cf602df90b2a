"""Values that hang on dates and moments of a row."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db.models import (
    Case,
    DateField,
    DateTimeField,
    DurationField,
    ExpressionWrapper,
    F,
    Func,
    Q,
    Value,
    When,
)
from django.db.models.functions import Cast, Greatest, Least, Power
from django.db.models.lookups import GreaterThan, LessThanOrEqual

from querysets.scope import Scope
from querysets.sql.calendar import seen_in
from querysets.sql.expressions import AtTimeZone
from querysets.sql.fields import FLOAT, INTEGER
from querysets.sql.filters.times import Column, column_at
from querysets.sql.operands import number
from querysets.sql.zones import now, zone_name

_HALVINGS: Final = 500.0  # next to nothing is left by then, and twice as many are too few for POWER to hold


class _Age(Func):
    """The completed years from a birthday, the second argument, to a day; who was born on 29 Feb turns on 1 Mar."""

    template = "EXTRACT(YEAR FROM AGE(%(expressions)s::timestamp))::integer"
    arg_joiner = "::timestamp, "  # a date alone would be taken for the midnight of the session's zone, if there is one
    arity = 2
    output_field = INTEGER


class _DayNumber(Func):
    """The number of a day in the count that began on a Monday, 4713 years before our era."""

    template = "EXTRACT(JULIAN FROM %(expressions)s)::integer"
    output_field = INTEGER


class _Seconds(Func):
    """The length of an interval."""

    template = "EXTRACT(EPOCH FROM %(expressions)s)::double precision"  # a power of numerics takes ten times as long
    output_field = FLOAT


def duration(scope: Scope, start: str | None, end: str | None, at: datetime | None) -> Any:
    """The time from one moment to another, or to now; NULL if either is."""
    first = column_at(scope, scope.role("timestamp", start, argument="start=..."), None)
    if end is None:
        moment = first.point(now(scope, at), "at")
        last: Any = Value(moment, DateField() if first.is_date else DateTimeField())
    else:
        column = column_at(scope, scope.path(end), None)
        if column.is_date != first.is_date:
            raise TypeError(f"{scope.label}: {first.name!r} and {end!r} must both be dates or both be datetimes")
        last = F(column.name)
    return ExpressionWrapper(last - F(first.name), DurationField())


def age(scope: Scope, field: str, on: date | None, tz: str | None) -> Any:
    """Completed years on a day; NULL before birth."""
    born = column_at(scope, scope.path(field), tz)
    if on is None:
        on = seen_in(born.zone, now(scope, None)).date()
    if isinstance(on, datetime) or not isinstance(on, date):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"{scope.label}: on must be a date, got {on!r}")
    day, birth = Value(on, DateField()), _day(born)
    return Case(When(LessThanOrEqual(birth, day), then=_Age(day, birth)), output_field=INTEGER)


def workdays(scope: Scope, start: str, end: str, tz: str | None) -> Any:
    """Mondays to Fridays after the day of ``start``, up to and with that of ``end``; 0 if that is not later."""
    first, last = (_DayNumber(_day(column_at(scope, scope.path(name), tz))) for name in (start, end))
    passed = _weekdays(last) - _weekdays(first)
    return Case(
        When(GreaterThan(last, first), then=passed), When(LessThanOrEqual(last, first), then=0), output_field=INTEGER
    )


def decayed(scope: Scope, field: Any, half_life: timedelta, time: str | None, at: datetime | None) -> Any:
    """A number halved once every ``half_life`` since ``time``; what lies ahead is whole."""
    since = column_at(scope, scope.role("timestamp", time, argument="time=..."), None)
    if since.is_date:
        raise TypeError(f"{scope.label}: {since.name!r} must be a datetime, it is a date")
    found = Cast(number(scope, field), FLOAT) * half_of(halvings(scope, F(since.name), half_life, at))
    if not scope.nullable(since.name):
        return found
    return Case(When(Q((f"{since.name}__isnull", False)), then=found), output_field=FLOAT)  # LEAST passes over NULL


def halvings(scope: Scope, since: Any, half_life: timedelta, at: datetime | None) -> Any:
    """How many half-lives have passed since a moment; below 0 where it lies ahead."""
    if not isinstance(half_life, timedelta):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"{scope.label}: half_life must be a timedelta, got {half_life!r}")
    if half_life <= timedelta():
        raise ValueError(f"{scope.label}: half_life must be longer than 0, got {half_life!r}")
    passed = ExpressionWrapper(Value(now(scope, at), DateTimeField()) - since, DurationField())
    return _Seconds(passed) / Value(half_life.total_seconds(), FLOAT)


def half_of(halvings: Any) -> Any:
    """What is left of 1 after so many half-lives, of which those below 0 do not count."""
    return Power(Value(0.5, FLOAT), Least(Greatest(halvings, Value(0.0, FLOAT)), Value(_HALVINGS, FLOAT)))


def _day(column: Column) -> Any:
    """The date of a moment on the clocks of its column's zone."""
    if column.is_date:
        return F(column.name)
    zone = Value(zone_name(column.scope, column.tz))
    return Cast(AtTimeZone(F(column.name), zone, output_field=DateTimeField()), DateField())


def _weekdays(day: Any) -> Any:
    """How many Mondays to Fridays came before the weekday of a numbered day, or that of its Friday; less one."""
    return day / 7 * 5 + Least(day % 7, 4)
