"""Calendar arithmetic against brute force: days are counted and clocks are read one by one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from querysets.sql import calendar
from querysets.sql.calendar import Days

LEAP = date(2024, 2, 29)
ZONES = [
    "UTC", "America/New_York", "America/Sao_Paulo", "America/Havana", "America/St_Johns", "Africa/Cairo", "Asia/Beirut",
    "Asia/Kolkata", "Asia/Kathmandu", "Pacific/Chatham", "Pacific/Apia", "Australia/Lord_Howe", "Europe/Lisbon",
]  # fmt: skip
days = st.dates(date(1975, 1, 1), date(2045, 12, 31))


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# --- when a day begins


def first_minute(day, zone):
    """The first whole minute at which clocks show the day or a later one: since 1973 all offsets are whole minutes."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    minutes = (noon + timedelta(minutes=n) for n in range(-40 * 60, 40 * 60))
    return next(moment for moment in minutes if moment.astimezone(zone).date() >= day)


@settings(max_examples=150, deadline=None)
@given(days, st.sampled_from(ZONES))
def test_a_day_begins_when_clocks_first_show_it(day, name):
    zone = ZoneInfo(name)
    assert calendar.begins(day, zone) == first_minute(day, zone)


@pytest.mark.parametrize(
    ("day", "zone", "moment"),
    [
        ("2026-03-08", "America/New_York", "2026-03-08T05:00"),  # clocks change later that day, in spring
        ("2026-03-09", "America/New_York", "2026-03-09T04:00"),
        ("2025-11-02", "America/New_York", "2025-11-02T04:00"),  # and in autumn
        ("2025-11-03", "America/New_York", "2025-11-03T05:00"),
        ("2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00"),  # from 00:00 to 01:00
        ("2018-02-18", "America/Sao_Paulo", "2018-02-18T03:00"),  # from 00:00 back to 23:00, so midnight comes once
        ("2023-04-28", "Africa/Cairo", "2023-04-27T22:00"),  # from 00:00 to 01:00
        ("2025-11-02", "America/Havana", "2025-11-02T04:00"),  # from 01:00 back to 00:00, so midnight comes twice
        ("2010-11-07", "America/St_Johns", "2010-11-07T02:30"),  # from 00:01 back to 23:01, so midnight comes twice
        ("2011-12-30", "Pacific/Apia", "2011-12-30T10:00"),  # a day that was left out
        ("2011-12-31", "Pacific/Apia", "2011-12-30T10:00"),
        ("1919-03-31", "America/Toronto", "1919-03-31T04:30"),  # from 23:30 to 00:30: midnight inside of the gap
        ("2026-01-01", "Asia/Kolkata", "2025-12-31T18:30"),
        ("2026-01-01", "Pacific/Chatham", "2025-12-31T10:15"),
    ],
)
def test_a_day_begins_at_its_first_midnight_or_behind_the_gap(day, zone, moment):
    assert calendar.begins(date.fromisoformat(day), ZoneInfo(zone)) == at(moment)


def test_the_days_at_the_ends_of_the_calendar_begin_in_every_zone():
    for zone in (*map(ZoneInfo, ZONES), timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))):
        for day in (date.min, date.max):
            begin = calendar.begins(day, zone)
            assert begin - datetime(day.year, day.month, day.day, tzinfo=UTC) == -zone.utcoffset(
                datetime(day.year, day.month, day.day)  # noqa: DTZ001 (what a zone is asked by)
            )


# --- hours


@pytest.mark.parametrize(
    ("moment", "zone", "hour"),
    [
        ("2026-03-01T12:59:59.999999", "UTC", "2026-03-01T12:00"),
        ("2026-03-01T12:29:59", "Asia/Kolkata", "2026-03-01T11:30"),  # 17:59:59
        ("2026-03-01T12:30", "Asia/Kolkata", "2026-03-01T12:30"),  # 18:00
        ("2026-03-01T12:20", "Pacific/Chatham", "2026-03-01T12:15"),  # 02:05 at +13:45
        ("2025-11-02T05:30", "America/New_York", "2025-11-02T05:00"),  # the first 01:30
        ("2025-11-02T06:30", "America/New_York", "2025-11-02T06:00"),  # the second
    ],
)
def test_an_hour_is_that_of_the_clocks_and_absolute(moment, zone, hour):
    assert calendar.hour_of(at(moment), ZoneInfo(zone)) == at(hour)


# --- units


def key(unit, week_start=1):
    """What two days of one unit have in common, and no other day has: in the order of time."""
    return {
        "day": lambda day: day,
        "week": lambda day: next(
            found for n in range(7) if (found := day - timedelta(days=n)).isoweekday() == week_start
        ),
        "month": lambda day: (day.year, day.month),
        "quarter": lambda day: (day.year, (day.month + 2) // 3),
        "year": lambda day: day.year,
    }[unit]


@settings(max_examples=200, deadline=None)
@example(date(2026, 3, 31), "month", -1, 1, 1)
@example(LEAP, "year", -1, 1, 1)
@example(date(2026, 1, 1), "quarter", -1, 2, 1)
@example(date(2026, 3, 1), "week", 0, 1, 7)
@given(
    days,
    st.sampled_from(["day", "week", "month", "quarter", "year"]),
    st.integers(-6, 6),
    st.integers(1, 4),
    st.integers(1, 7),
)
def test_units_are_those_that_brute_force_finds(day, unit, offset, count, week_start):
    of = key(unit, week_start)
    reach = 4100 if unit == "year" else 1200
    around = [day + timedelta(days=n) for n in range(-reach, reach)]
    keys = list(dict.fromkeys(map(of, around)))  # the first and the last are cut off
    place = keys.index(of(day)) + offset
    wanted = set(keys[place : place + count])
    found = [other for other in around if of(other) in wanted]
    assert calendar.units(unit, day, offset, count, week_start=week_start) == Days(found[0], found[-1])


@given(st.integers(1, 9999), st.integers(1, 53))
@example(9999, 52)
@example(1, 1)
@example(2025, 1)
def test_iso_weeks_hold_the_days_that_python_counts_to_them(year, week):
    if week > calendar.iso_weeks(year):
        with pytest.raises(ValueError, match="Invalid week"):
            date.fromisocalendar(year, week, 1)
        return
    first, last = calendar.iso_week(year, week)
    assert {day.isocalendar()[:2] for day in (first, last)} == {(year, week)}
    assert first.isoweekday() == 1
    assert last == date.fromordinal(min(first.toordinal() + 6, date.max.toordinal()))


@given(st.integers(1, 9999), st.integers(1, 12))
def test_a_year_from_any_month_ends_the_day_before_the_same_month(year, month):
    first, last = calendar.months(year, month, 12)
    assert first == date(year, month, 1)
    assert last == (date.max if year == 9999 else date(year + 1, month, 1) - timedelta(days=1))


def test_what_lies_outside_of_the_calendar_is_no_days_and_what_sticks_out_is_cut():
    assert calendar.months(9999, 4, 12) == Days(date(9999, 4, 1), date.max)
    assert calendar.months(1, -3, 12) == Days(date.min, date(1, 8, 31))
    assert calendar.months(0, 1, 12) is None
    assert calendar.months(10**30, 1, 1) is None
    assert calendar.iso_week(9999, 52) == Days(date(9999, 12, 27), date.max)
    assert calendar.units("day", date.max, 1, 1) is None
    assert calendar.units("week", date.min, 0, 1, week_start=7) == Days(date.min, date(1, 1, 6))
    assert calendar.units("day", LEAP, 0, 0) is None
    assert calendar.units("year", LEAP, -(10**30), 1) is None


# --- ages and anniversaries


def birthday(born, year):
    """When who is born on that day turns older in a year: on 1 March for 29 February in a common year."""
    try:
        return born.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def age(born, day):
    return sum(birthday(born, year) <= day for year in range(born.year + 1, day.year + 1))


birthdays = st.one_of(days, st.sampled_from([date(year, 2, day) for year in (1976, 1980, 2000) for day in (28, 29)]))
turns = st.one_of(
    days,
    st.sampled_from([date(year, *day) for year in (2023, 2024, 2026) for day in ((2, 28), (3, 1), (1, 1), (12, 31))]),
)


@settings(max_examples=500)
@example(date(2020, 2, 29), date(2024, 2, 29), 4)
@example(date(2020, 2, 29), date(2023, 2, 28), 3)
@example(date(2020, 2, 29), date(2023, 3, 1), 3)
@example(date(2019, 3, 1), date(2024, 2, 29), 5)
@given(birthdays, turns, st.integers(0, 60))
def test_who_is_born_by_the_cutoff_is_old_enough(born, day, years):
    assert (born <= calendar.years_before(day, years)) == (born <= day and age(born, day) >= years)


def test_the_cutoff_may_lie_before_the_calendar():
    assert calendar.years_before(LEAP, 2023) == date(1, 2, 28)
    assert calendar.years_before(LEAP, 2024) is None
    assert calendar.years_before(LEAP, 10**30) is None


def comes_around(place, day, length):
    if (places := calendar.anniversaries(day, length)) is None:
        return True
    first, last = places
    return first <= place <= last if first <= last else place >= first or place <= last


@settings(max_examples=60, deadline=None)
@example(date(2023, 3, 1), 0)
@example(date(2024, 3, 1), 364)
@example(date(2024, 2, 29), 364)
@example(date(2023, 2, 28), 0)
@example(date(2023, 12, 31), 1)
@example(date(2024, 1, 1), 0)
@given(turns, st.integers(0, 400))
def test_exactly_those_days_come_around_that_have_a_birthday_in_the_span(day, length):
    for n in range(366):
        born = date(2000, 1, 1) + timedelta(days=n)
        wanted = any(
            day <= birthday(born, year) <= day + timedelta(days=length) for year in range(day.year, day.year + 3)
        )
        assert comes_around(calendar.month_and_day(born), day, length) == wanted, born


def test_anniversaries_go_on_behind_the_last_year():
    assert calendar.anniversaries(date.max, 1) == (1231, 101)
    assert calendar.anniversaries(date(9999, 3, 1), 0) == (229, 301)
    assert calendar.anniversaries(date(9999, 3, 2), 364) == (302, 229)  # the year 10000 is a leap year
    assert calendar.anniversaries(date.min, 0) == (101, 101)
