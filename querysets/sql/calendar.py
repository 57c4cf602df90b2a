"""Calendar units as days, and the moment at which a day begins in a zone: arithmetic on plain dates, no SQL."""

from __future__ import annotations

from bisect import bisect_left
from calendar import isleap
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final, Literal, NamedTuple, get_args

Unit = Literal["hour", "day", "week", "month", "quarter", "year"]
UNITS: Final[tuple[Unit, ...]] = get_args(Unit)

_MONTHS: Final[Mapping[Unit, int]] = {"month": 1, "quarter": 3, "year": 12}
_LAST: Final = date.max.toordinal()
_YEAR: Final = 365


class Days(NamedTuple):
    """Whole days, the last one included: the end of the year 9999 has no day after it to be named by."""

    first: date
    last: date


def months(year: int, month: int, count: int) -> Days | None:
    """``count`` months from a month on, which may lie outside of 1..12 and then counts on into other years."""
    number = year * 12 + month - 1
    return _days(_first_of(number), _first_of(number + count))


def iso_week(year: int, week: int) -> Days | None:
    """Monday to Sunday of an ISO week."""
    monday = date.fromisocalendar(year, week, 1).toordinal()
    return _days(monday, monday + 7)


def iso_weeks(year: int) -> int:
    """How many weeks an ISO year has."""
    return date(year, 12, 28).isocalendar().week  # the 28th is in the last one, whichever weekday it is


def units(unit: Unit, day: date, offset: int, count: int, *, week_start: int = 1) -> Days | None:
    """``count`` calendar units from the one that is ``offset`` units after that of ``day``."""
    if unit in _MONTHS:
        size = _MONTHS[unit]
        return months(day.year, (day.month - 1) // size * size + 1 + offset * size, count * size)
    size = 7 if unit == "week" else 1
    start = day.toordinal() + offset * size
    if unit == "week":
        start -= (day.isoweekday() - week_start) % 7
    return _days(start, start + count * size)


def years_before(day: date, years: int) -> date | None:
    """The last day of birth of those who are ``years`` old on ``day``; None where the calendar does not reach.

    Who is born on 29 February turns a year older on 1 March of a common year, as PostgreSQL's ``age()`` has it.
    """
    if day.year <= years:
        return None
    if (day.month, day.day) == (2, 29):
        return date(day.year - years, 3, 1) - timedelta(days=1)
    return day.replace(year=day.year - years)


def month_and_day(day: date) -> int:
    """The place of a day in every year: 1231 for New Year's Eve."""
    return day.month * 100 + day.day


def anniversaries(day: date, days: int) -> tuple[int, int] | None:
    """The first and the last place in the year that comes around from ``day`` to ``days`` later; None for all places.

    The last is below the first where New Year lies between. On 1 March of a common year 29 February comes around too.
    """
    if days >= _YEAR:
        return None
    if day.year == date.max.year:
        day = day.replace(year=day.year - 400)  # the calendar repeats itself every 400 years
    leaps = (day.month, day.day) == (3, 1) and not isleap(day.year)
    return 229 if leaps else month_and_day(day), month_and_day(day + timedelta(days=days))


def begins(day: date, zone: tzinfo) -> datetime:
    """The first moment at which clocks in ``zone`` show ``day`` or a later one.

    That is midnight, the first of two where clocks go back over it, and the end of the gap where they skip it.
    """
    midnight = datetime.combine(day, time(), zone)
    moment, other = seen_in(UTC, midnight), seen_in(UTC, midnight.replace(fold=1))
    if other >= moment:
        return moment
    # A gap: read by the clock before it, midnight comes too late; read by the clock after it, too early.
    seconds = range(int((moment - other).total_seconds()) + 1)
    passed = bisect_left(seconds, x=True, key=lambda n: (other + timedelta(seconds=n)).astimezone(zone).date() >= day)
    return other + timedelta(seconds=passed)


def hour_of(moment: datetime, zone: tzinfo) -> datetime:
    """When the hour began that clocks in ``zone`` show at ``moment``, which is in UTC.

    Taken off the moment itself: of an hour that comes twice, each is an hour of its own.
    """
    local = moment.astimezone(zone)
    return moment - timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)


def seen_in(zone: tzinfo, moment: datetime) -> datetime:
    """The same moment on the clocks of ``zone``, or as it is where the calendar ends before they reach it."""
    try:
        return moment.astimezone(zone)
    except OverflowError:
        return moment


def _days(start: int, stop: int) -> Days | None:
    """The days whose numbers are in ``[start, stop)``, as far as the calendar goes; None if there is none."""
    first, last = max(start, 1), min(stop - 1, _LAST)
    return Days(date.fromordinal(first), date.fromordinal(last)) if first <= last else None


def _first_of(number: int) -> int:
    """The number of the first day of a month that is counted from the year 0."""
    year, month = divmod(number, 12)
    return 0 if year < 1 else _LAST + 1 if year > date.max.year else date(year, month + 1, 1).toordinal()
