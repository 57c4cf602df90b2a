"""Periods in four zones, over both nights on which clocks change, against plain Python that reckons in UTC."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from example_project.content.models import Comment, Post, User

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
ZONES = {name: ZoneInfo(name) for name in ("UTC", "America/New_York", "Asia/Kolkata", "Pacific/Chatham")}
NIGHTS = {
    "forward in New York": datetime(2026, 3, 8, 7, tzinfo=UTC),
    "back in New York": datetime(2026, 11, 1, 6, tzinfo=UTC),
    "back in Chatham": datetime(2026, 4, 4, 14, tzinfo=UTC),
    "forward in Chatham": datetime(2026, 9, 26, 14, tzinfo=UTC),
    "the turn of a year": datetime(2026, 12, 31, 23, tzinfo=UTC),
}
NAMED = ["minute", "hour", "day", "week", "month", "quarter", "year"]
CYCLES = {
    "hour_of_day": (lambda local: local.hour, range(24)),
    "day_of_week": (lambda local: local.isoweekday(), range(1, 8)),
    "day_of_month": (lambda local: local.day, range(1, 32)),
    "month_of_year": (lambda local: local.month, range(1, 13)),
}

each_night = pytest.mark.parametrize("night", NIGHTS)


def first_day(unit, day, week_start=1, start_month=1):
    """The first day of the unit that ``day`` is in."""
    if unit == "day":
        return day
    if unit == "week":
        return day - timedelta(days=(day.isoweekday() - week_start) % 7)
    size = {"month": 1, "quarter": 3, "year": 12}[unit]
    number = day.year * 12 + day.month - start_month
    return date(
        (number - number % size + start_month - 1) // 12, (number - number % size + start_month - 1) % 12 + 1, 1
    )


def next_day(unit, day):
    """The first day of the next unit after the one that begins on ``day``."""
    if unit in {"day", "week"}:
        return day + timedelta(days=1 if unit == "day" else 7)
    number = day.year * 12 + day.month - 1 + {"month": 1, "quarter": 3, "year": 12}[unit]
    return date(number // 12, number % 12 + 1, 1)


def begins(day, zone):
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def period(unit, moment, zone, **options):
    """Where the period of ``moment`` begins, in UTC: in the zone, Python takes both 01:00 of a night for one."""
    local = moment.astimezone(zone)
    if unit in {"minute", "hour"}:
        past = timedelta(seconds=local.second, microseconds=local.microsecond)
        return moment - past - (timedelta(minutes=local.minute) if unit == "hour" else timedelta())
    return begins(first_day(unit, local.date(), **options), zone)


@pytest.fixture
def moments(rows):
    """Comments every 25 minutes from two days before each night until two days after it, with holes."""
    Comment.objects.all().delete()

    def make(night):
        middle = NIGHTS[night]
        steps = [middle + 25 * MINUTE * step + timedelta(seconds=step % 3) for step in range(-115, 115)]
        found = [moment for place, moment in enumerate(steps) if place % 9 < 4 or 110 < place < 126]
        found += [middle - timedelta(microseconds=1), middle, middle - HOUR, middle + HOUR]
        Comment.objects.bulk_create(
            Comment(post=rows.posts[0], user=rows.users[place % 3], content="", created_at=moment)
            for place, moment in enumerate(found)
        )
        return found

    return make


def seen(groups, key="period"):
    return {row[key]: row["count"] for row in groups}


@each_night
@pytest.mark.parametrize("unit", NAMED)
def test_a_period_is_where_the_unit_begins_in_the_zone(moments, unit, night):
    made = moments(night)
    for tz, zone in ZONES.items():
        expected = Counter(period(unit, moment, zone) for moment in made)
        assert seen(Comment.objects.count_per(unit, tz=tz)) == expected


@each_night
@pytest.mark.parametrize("unit", CYCLES)
def test_a_number_is_that_of_the_local_clock(moments, unit, night):
    part, whole = CYCLES[unit]
    made = moments(night)
    for tz, zone in ZONES.items():
        expected = Counter(part(moment.astimezone(zone)) for moment in made)
        groups = Comment.objects.count_per(unit, tz=tz)
        assert list(seen(groups).items()) == sorted(expected.items())
        assert list(seen(groups.filled()).items()) == [(number, expected[number]) for number in whole]


@pytest.mark.parametrize("week_start", range(1, 8))
@pytest.mark.parametrize("night", ["forward in New York", "back in New York"])
def test_a_week_begins_on_any_day(moments, week_start, night):
    made = moments(night)
    for tz, zone in ZONES.items():
        expected = Counter(period("week", moment, zone, week_start=week_start) for moment in made)
        groups = Comment.objects.count_per("week", tz=tz, week_start=week_start)
        assert seen(groups) == expected
        assert seen(groups.filled()) == expected  # of two weeks none is empty


@each_night
@pytest.mark.parametrize("unit", ["quarter", "year"])
def test_a_fiscal_year_begins_in_any_month(moments, unit, night):
    made = moments(night)
    for tz, zone in ZONES.items():
        for start_month in (4, 12):
            expected = Counter(period(unit, moment, zone, start_month=start_month) for moment in made)
            assert seen(Comment.objects.bucketed(unit, tz, start_month=start_month).with_count()) == expected


@each_night
@pytest.mark.parametrize("length", [15 * MINUTE, 7 * MINUTE, 36 * HOUR, timedelta(seconds=1), timedelta(days=7)])
def test_a_length_of_time_is_counted_from_the_year_2000(moments, length, night):
    origin = datetime(2000, 1, 1, tzinfo=UTC)
    expected = Counter(origin + (moment - origin) // length * length for moment in moments(night))
    for tz in ZONES:
        assert seen(Comment.objects.bucketed(length, tz).with_count()) == expected


def test_a_length_of_time_is_counted_backwards_too(rows):
    Post.objects.filter(pk=rows.posts[0].pk).update(created_at=datetime(1999, 12, 31, 23, 59, tzinfo=UTC))
    first = Post.objects.count_per(timedelta(minutes=10))[0]["period"]
    assert first == datetime(1999, 12, 31, 23, 50, tzinfo=UTC)


@each_night
@pytest.mark.parametrize("unit", ["hour", "day", "week", "month", "quarter", "year"])
def test_a_filled_series_has_every_period_once(moments, unit, night):
    made = moments(night)
    for tz, zone in ZONES.items():
        counts = Counter(period(unit, moment, zone) for moment in made)
        expected = [min(counts)]
        while expected[-1] < max(counts):
            day = expected[-1].astimezone(zone).date()
            expected.append(expected[-1] + HOUR if unit == "hour" else begins(next_day(unit, day), zone))
        found = list(Comment.objects.count_per(unit, tz=tz).filled())
        assert [row["period"] for row in found] == expected
        assert [row["count"] for row in found] == [counts[each] for each in expected]


@each_night
@pytest.mark.parametrize("unit", ["hour", "day", "month"])
def test_bounds_are_half_open_and_every_period_that_they_touch_is_there(moments, unit, night):
    made, tick = moments(night), timedelta(microseconds=1)
    for tz, zone in ZONES.items():
        counts = Counter(period(unit, moment, zone) for moment in made)
        first = period(unit, NIGHTS[night] - 40 * 24 * HOUR, zone)
        last = period(unit, NIGHTS[night] + 4 * HOUR, zone)
        for off in (-tick, timedelta(), tick):
            start, end = first + off, last + off
            quarters = (start + HOUR / 4 * step for step in range(int((end - start) / (HOUR / 4)) + 1))
            every = sorted({period(unit, moment, zone) for moment in (*quarters, end - tick) if moment < end})
            found = list(Comment.objects.count_per(unit, tz=tz).filled(start, end))
            assert [row["period"] for row in found] == every
            assert [row["count"] for row in found] == [counts[each] for each in every]


def test_a_bound_that_is_a_date_is_its_midnight_in_the_zone_of_the_periods(rows):
    for tz, zone in ZONES.items():
        found = Comment.objects.count_per("day", tz=tz).filled(date(2026, 3, 1), date(2026, 3, 15))
        assert [row["period"] for row in found] == [begins(date(2026, 3, day), zone) for day in range(1, 15)]


def test_both_hours_of_the_night_when_clocks_go_back_are_there_and_none_is_invented_in_spring(moments):
    moments("back in New York")
    new_york = ZoneInfo("America/New_York")
    autumn = Comment.objects.count_per("hour", tz="America/New_York").filled(date(2026, 11, 1), date(2026, 11, 2))
    hours = [row["period"].astimezone(new_york).hour for row in autumn]
    assert hours == [0, 1, 1, *range(2, 24)]
    spring = Comment.objects.count_per("hour", tz="America/New_York").filled(date(2026, 3, 8), date(2026, 3, 9))
    assert [row["period"].astimezone(new_york).hour for row in spring] == [0, 1, *range(3, 24)]


@pytest.mark.parametrize(
    ("tz", "first", "last", "expected"),
    [
        ("Pacific/Apia", date(2011, 12, 28), date(2012, 1, 2), [28, 29, 31, 1]),  # there was no 30th
        ("Asia/Beirut", date(2026, 3, 28), date(2026, 3, 31), [28, 29, 30]),  # the 29th begins at 01:00
        ("America/Havana", date(2026, 10, 31), date(2026, 11, 3), [31, 1, 2]),  # the 1st has midnight twice
        ("Australia/Lord_Howe", date(2026, 4, 4), date(2026, 4, 7), [4, 5, 6]),  # half an hour
    ],
)
def test_days_follow_each_other_where_clocks_are_odd(rows, tz, first, last, expected):
    days = Post.objects.count_per("day", tz=tz).filled(first, last)
    assert [row["period"].astimezone(ZoneInfo(tz)).day for row in days] == expected


@pytest.mark.parametrize("middle", [datetime(2026, 4, 4, 15, tzinfo=UTC), datetime(2026, 10, 3, 15, 30, tzinfo=UTC)])
def test_hours_follow_each_other_where_clocks_change_by_half_an_hour(rows, middle):
    zone = ZoneInfo("Australia/Lord_Howe")
    start, end = middle - 6 * HOUR, middle + 6 * HOUR
    every = {period("hour", start + MINUTE * step, zone) for step in range(12 * 60)}
    found = [row["period"] for row in Post.objects.count_per("hour", tz=zone.key).filled(start, end)]
    assert found == sorted(every)


@pytest.mark.parametrize("unit", ["day", "week", "month", "quarter", "year", timedelta(days=10)])
def test_dates_have_periods_that_are_dates_whatever_the_zone(rows, unit):
    days = [date(2023, 12, 31), date(2024, 2, 29), date(2024, 3, 1), date(2024, 3, 10), None]
    for user, day in zip(rows.users, days, strict=False):
        User.objects.filter(pk=user.pk).update(dob=day)

    def begin(day):
        if isinstance(unit, str):
            return first_day(unit, day)
        return date(2000, 1, 1) + (day - date(2000, 1, 1)) // unit * unit

    known = Counter(begin(day) for day in days if day)
    expected = [min(known)]
    while expected[-1] < max(known):
        expected.append(next_day(unit, expected[-1]) if isinstance(unit, str) else expected[-1] + unit)
    for tz, zone in ZONES.items():
        groups = User.objects.count_per(unit, field="dob", tz=tz)
        assert seen(groups) == {**known, None: 2}
        assert list(seen(groups.filled()).items()) == [(day, known[day]) for day in expected]
        bounded = groups.filled(date(2024, 3, 1), datetime(2024, 3, 2, 12, tzinfo=zone))
        assert list(seen(bounded)) == [begin(date(2024, 3, 1))]


@each_night
@pytest.mark.parametrize("unit", ["hour", "day", "week"])
def test_runs_are_of_periods_that_follow_each_other(moments, unit, night):
    made = moments(night)
    for tz, zone in ZONES.items():
        runs = []
        for each in sorted({period(unit, moment, zone) for moment in made}):
            if runs and period(unit, each - timedelta(microseconds=1), zone) == runs[-1][-1]:
                runs[-1].append(each)
            else:
                runs.append([each])
        found = Comment.objects.streaks_by(unit=unit, tz=tz)
        assert [tuple(row.values()) for row in found] == [(run[0], run[-1], len(run)) for run in runs]


@pytest.mark.parametrize("unit", ["day", "week", "month", "quarter", "year"])
@pytest.mark.parametrize("tz", ZONES)
def test_cohorts_count_on_the_local_calendar(moments, rows, unit, tz):
    zone, made = ZONES[tz], moments("back in New York")
    joined = [NIGHTS["back in New York"] - timedelta(days=1, hours=step) for step in (0, 13, 30)]
    for user, moment in zip(rows.users, joined, strict=False):
        User.objects.filter(pk=user.pk).update(joined_at=moment)
    User.objects.exclude(pk__in=[user.pk for user in rows.users[:3]]).update(joined_at=datetime(2030, 1, 1, tzinfo=UTC))
    at = NIGHTS["back in New York"] + timedelta(days=3)

    def days(moment):
        return first_day(unit, moment.astimezone(zone).date())

    def offset(start, end):
        count = 0
        while start < end:
            start, count = next_day(unit, start), count + 1
        return count

    active = {
        (place % 3, offset(days(joined[place % 3]), days(moment)))
        for place, moment in enumerate(made)
        if days(moment) >= days(joined[place % 3])
    }
    expected = {}
    for cohort in sorted({days(moment) for moment in joined}):
        members = {place for place, moment in enumerate(joined) if days(moment) == cohort}
        for later in range(offset(cohort, days(at)) + 1):
            seen_then = sum((place, later) in active for place in members)
            expected[begins(cohort, zone), later] = (len(members), seen_then, seen_then / len(members))
    found = Comment.objects.cohorts("user", "user__joined_at", unit, tz, at=at)
    assert {(r["cohort"], r["offset"]): (r["size"], r["active"], r["share"]) for r in found} == expected
