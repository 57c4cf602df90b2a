"""Filters on one moment against the clock and the calendar in Python: bounds, a microsecond beside them, NULL, ties."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.db.models import F, Func, Max, Value
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from example_project.content.models import Comment, Post, User
from querysets import P
from querysets.errors import MissingRole, ToManyPath, UnknownField, WrongShape

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MICRO = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
ZONES = ["UTC", "America/New_York", "Asia/Kolkata", "Pacific/Chatham", "America/Sao_Paulo"]
# Over which nights the clocks change: to New York's summer and winter, and at the midnight of São Paulo.
NIGHTS = [date(2026, 3, 8), date(2025, 11, 2), date(2018, 11, 4), date(2018, 2, 18)]


def beside(*moments):
    return [moment + step for moment in moments for step in (-MICRO, 0 * MICRO, MICRO)]


def grid(day, span=2, step=timedelta(minutes=30)):
    """Moments around a night, each half hour and the last microsecond before it."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) - span * DAY
    moments = [start + n * step for n in range(int(2 * span * DAY / step))]
    return [*moments, *(moment - MICRO for moment in moments)]


class Moments:
    """Posts that were published at given moments, and one that was not."""

    def __init__(self):
        self.author = User.objects.create(username="mine", email="mine@example.org")
        self.held = []

    def add(self, *moments):
        Post.objects.bulk_create(
            Post(title="t", slug=f"mine-{len(self.held) + n}", author=self.author, published_at=moment, created_at=NOW)
            for n, moment in enumerate(moments)
        )
        self.held += moments
        return self

    @property
    def rows(self):
        return Post.objects.by(author=self.author)

    def agree(self, method, *args, then, **kwargs):
        """The method keeps the moments for which ``then`` holds, and its negation all others and NULL."""
        kwargs.setdefault("field", "published_at")
        wanted = [moment for moment in self.held if moment is not None and then(moment)]
        others = [moment for moment in self.held if moment is None or not then(moment)]
        condition = getattr(P, method)(*args, **kwargs)
        assert listed(getattr(self.rows, method)(*args, **kwargs)) == order(wanted)
        assert listed(self.rows.any_of(condition)) == order(wanted)
        assert listed(self.rows.none_of(condition)) == order(others)
        return wanted


def order(moments):
    return sorted(moments, key=lambda moment: (moment is None, moment or NOW))


def listed(rows):
    return order(rows.values_list("published_at", flat=True))


def local(moment, zone):
    return moment.astimezone(ZoneInfo(zone))


@pytest.fixture
def moments(db):
    return Moments().add(None, NOW, NOW)


@pytest.fixture
def births(db):
    """People born on each day of a week, and one of unknown age."""
    born = [date(2026, 2, 25) + n * DAY for n in range(9)]
    User.objects.bulk_create(
        User(username="mine", email=f"mine{n}@example.org", dob=day) for n, day in enumerate([*born, None])
    )
    return User.objects.by(username="mine"), born


def dates(rows):
    return sorted(rows.values_list("dob", flat=True))


# --- so many hours and days ago


@pytest.mark.parametrize("hours", [0, 0.5, 24, timedelta(minutes=90), 24 * 365 * 3, 1e-12])
def test_recent_reaches_back_to_the_bound_and_not_into_the_future(moments, hours):
    span = hours if isinstance(hours, timedelta) else timedelta(hours=hours)
    moments.add(*beside(NOW, NOW - span), NOW + 9 * DAY)
    kept = moments.agree("recent", hours, at=NOW, then=lambda t: NOW - span <= t <= NOW)
    assert NOW in kept


@pytest.mark.parametrize("hours", [0, 0.5, 24, timedelta(minutes=90)])
def test_upcoming_begins_after_now_and_holds_the_bound(moments, hours):
    span = hours if isinstance(hours, timedelta) else timedelta(hours=hours)
    moments.add(*beside(NOW, NOW + span), NOW - 9 * DAY)
    kept = moments.agree("upcoming", hours, at=NOW, then=lambda t: NOW < t <= NOW + span)
    assert bool(kept) == bool(span)


@pytest.mark.parametrize("days", [0, 1.5, 30, timedelta(hours=1)])
def test_older_than_leaves_the_bound_out(moments, days):
    span = days if isinstance(days, timedelta) else timedelta(days=days)
    moments.add(*beside(NOW - span), NOW - 90 * DAY)
    assert moments.agree("older_than", days, at=NOW, then=lambda t: t < NOW - span)


@pytest.mark.parametrize("day", NIGHTS[:2])
def test_hours_and_days_ago_are_absolute_where_clocks_change(moments, day):
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo("America/New_York"))
    absolute = noon.astimezone(UTC)
    moments.add(*beside(absolute - DAY, absolute + DAY, absolute - DAY - HOUR, absolute - DAY + HOUR))
    moments.agree("recent", 24, at=noon, then=lambda t: absolute - DAY <= t <= absolute)
    moments.agree("older_than", 1, at=noon, then=lambda t: t < absolute - DAY)
    before = (noon - DAY).astimezone(UTC)
    moments.agree("upcoming", 24, at=noon - DAY, then=lambda t: before < t <= before + DAY)


def test_the_clock_is_read_when_the_condition_lands(moments, monkeypatch):
    moments.add(NOW + 5 * DAY)
    condition = P.recent(1, field="published_at")
    monkeypatch.setattr(timezone, "now", lambda: NOW + 5 * DAY)
    assert listed(moments.rows.any_of(condition)) == [NOW + 5 * DAY]
    assert listed(moments.rows.recent(1, field="published_at")) == [NOW + 5 * DAY]


def test_the_timestamp_role_is_the_default(moments):
    assert moments.rows.recent(1, at=NOW).count() == len(moments.held)
    assert moments.rows.recent(1, at=NOW - HOUR).count() == 0
    with pytest.raises(MissingRole, match=r"content.Category: recent\(\) needs a 'timestamp' field"):
        moments.author.posts.model._meta.get_field("category").related_model.objects.recent(1)


# --- from one moment until before another


@pytest.mark.parametrize("start", [None, NOW - DAY, NOW])
@pytest.mark.parametrize("end", [None, NOW - DAY, NOW, NOW + DAY])
def test_between_holds_its_start_and_not_its_end(moments, start, end):
    moments.add(*beside(NOW - DAY, NOW, NOW + DAY))
    moments.agree("between", start, end, then=lambda t: (start is None or start <= t) and (end is None or t < end))


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("night", NIGHTS)
def test_a_date_is_the_midnight_at_which_it_begins(moments, zone, night):
    moments.add(*grid(night))
    start, end = night - DAY, night + DAY
    assert moments.agree("between", start, end, tz=zone, then=lambda t: start <= local(t, zone).date() < end)
    moments.agree("between", night, None, tz=zone, then=lambda t: local(t, zone).date() >= night)
    assert moments.agree("between", None, night, tz=zone, then=lambda t: local(t, zone).date() < night)


def test_dates_go_by_the_current_zone_unless_told(moments):
    moments.add(*grid(NIGHTS[0]))
    with timezone.override("Pacific/Chatham"):
        moments.agree("between", NIGHTS[0], None, then=lambda t: local(t, "Pacific/Chatham").date() >= NIGHTS[0])
        moments.agree("during", NIGHTS[0], then=lambda t: local(t, "Pacific/Chatham").date() == NIGHTS[0])


def test_bounds_in_one_zone_are_compared_as_moments(moments):
    half_past_one = datetime(2025, 11, 2, 1, 30, tzinfo=ZoneInfo("America/New_York"))
    first, second = half_past_one.astimezone(UTC), half_past_one.replace(fold=1).astimezone(UTC)
    moments.add(*beside(first, second))
    kept = moments.agree("between", half_past_one, half_past_one.replace(fold=1), then=lambda t: first <= t < second)
    assert kept == [first, first + MICRO, second - MICRO]


def test_an_impossible_range_is_no_row_and_no_query(moments, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert list(moments.rows.between(NOW, NOW)) == []
        assert list(moments.rows.between(NOW + MICRO, NOW)) == []
        assert list(moments.rows.between(date(2026, 3, 2), NOW)) == []
        assert list(moments.rows.this("day", count=0)) == []
        assert list(moments.rows.on_weekdays()) == []
        assert list(moments.rows.between_hours(9, 9)) == []


def test_a_bound_may_be_an_expression(moments):
    moments.add(NOW + HOUR, NOW + 2 * HOUR)
    assert moments.agree(
        "between", F("created_at") + HOUR, NOW + 2 * HOUR, then=lambda t: NOW + HOUR <= t < NOW + 2 * HOUR
    )


# --- the calendar


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("night", NIGHTS)
def test_a_day_is_that_of_the_zone(moments, zone, night):
    moments.add(*grid(night))
    assert moments.agree("during", night, tz=zone, then=lambda t: local(t, zone).date() == night)


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Chatham"])
@pytest.mark.parametrize(
    ("args", "kwargs", "then"),
    [
        ((2025,), {}, lambda d: d.year == 2025),
        ((2025, 12), {}, lambda d: (d.year, d.month) == (2025, 12)),
        ((2024, 2), {}, lambda d: (d.year, d.month) == (2024, 2)),
        ((2025,), {"quarter": 4}, lambda d: d.year == 2025 and d.month >= 10),
        ((2026,), {"quarter": 1}, lambda d: d.year == 2026 and d.month <= 3),
        ((2025,), {"week": 1}, lambda d: d.isocalendar()[:2] == (2025, 1)),
        ((2020,), {"week": 53}, lambda d: d.isocalendar()[:2] == (2020, 53)),
        ((2025,), {"start_month": 4}, lambda d: date(2025, 4, 1) <= d <= date(2026, 3, 31)),
        ((2025,), {"start_month": 12}, lambda d: date(2025, 12, 1) <= d <= date(2026, 11, 30)),
        ((2025,), {"start_month": 4, "quarter": 4}, lambda d: date(2026, 1, 1) <= d <= date(2026, 3, 31)),
    ],
    ids=lambda value: None if callable(value) else repr(value),
)
def test_a_period_is_made_of_the_days_of_the_zone(moments, zone, args, kwargs, then):
    starts = [
        "2020-12-28", "2021-01-04", "2024-02-01", "2024-03-01", "2024-12-30", "2025-01-01", "2025-01-06", "2025-04-01",
        "2025-10-01", "2025-12-01", "2026-01-01", "2026-04-01", "2026-12-01",
    ]  # fmt: skip
    midnights = [datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) for day in starts]
    moments.add(*beside(*midnights))
    kept = moments.agree("during", *args, tz=zone, then=lambda t: then(local(t, zone).date()), **kwargs)
    assert len(kept) > 2


def test_the_first_and_the_last_year_do_not_overflow(moments):
    first, last = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, 23, 59, 59, 999999, tzinfo=UTC)
    moments.add(first, last, datetime(9998, 12, 30, tzinfo=UTC))
    Post.objects.filter(published_at=NOW).update(
        published_at=Func(Value("infinity"), template="%(expressions)s::timestamptz")
    )
    for zone in ("UTC", "Asia/Kolkata", "America/New_York"):
        for args in ({}, {"quarter": 4}, {"week": 52}, {"start_month": 7}):
            assert listed(moments.rows.during(9999, field="published_at", tz=zone, **args)) == [last]
        day = last.astimezone(ZoneInfo(zone)).date()  # the very last one in Kolkata
        assert listed(moments.rows.during(day, field="published_at", tz=zone)) == [last]
        assert listed(moments.rows.during(1, field="published_at", tz=zone)) == [first]
        assert moments.rows.during(9999, 12, field="published_at", tz=zone).count() == 1
    assert moments.rows.during(date.max, field="published_at", tz="America/New_York").count() == 0
    assert listed(moments.rows.this("year", at=last, field="published_at")) == [last]
    assert listed(moments.rows.this("week", at=last, field="published_at", week_start=7)) == [last]


UNITS = {
    "day": lambda d: d.toordinal(),
    "week": lambda d: (d.toordinal() - 1) // 7,
    "month": lambda d: d.year * 12 + d.month,
    "quarter": lambda d: d.year * 4 + (d.month + 2) // 3,
    "year": lambda d: d.year,
}


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "Pacific/Chatham", "America/New_York"])
@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize(("offset", "count"), [(0, 1), (-1, 1), (1, 1), (-2, 3)])
def test_a_unit_is_that_of_the_calendar(moments, zone, unit, offset, count):
    at = datetime(2026, 3, 31, 18, 30, tzinfo=UTC)  # midnight in Kolkata, the next morning on the Chatham Islands
    number = UNITS[unit]
    first = number(local(at, zone).date()) + offset
    days = [date(2023, 12, 1) + n * DAY for n in range(1500)]
    starts = [day for day in days if number(day) != number(day - DAY) and first - 1 <= number(day) <= first + count + 1]
    midnights = [datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC) for day in starts]
    moments.add(*beside(*midnights))
    assert moments.agree(
        "this",
        unit,
        offset,
        count,
        at=at,
        tz=zone,
        then=lambda t: first <= number(local(t, zone).date()) < first + count,
    )


@pytest.mark.parametrize("week_start", range(1, 8))
def test_a_week_begins_where_it_is_told_to(moments, week_start):
    moments.add(*(NOW + n * 12 * HOUR for n in range(-30, 30)))

    def begin(moment):
        return next(day for n in range(7) if (day := moment.date() - n * DAY).isoweekday() == week_start)

    assert moments.agree("this", "week", at=NOW, week_start=week_start, then=lambda t: begin(t) == begin(NOW))


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata", "Pacific/Chatham"])
@pytest.mark.parametrize("night", NIGHTS[:2])
@pytest.mark.parametrize("hour", range(4, 9))
def test_an_hour_that_comes_twice_is_two(moments, zone, night, hour):
    at = datetime(night.year, night.month, night.day, hour, 20, tzinfo=UTC)
    moments.add(*grid(night, span=1, step=timedelta(minutes=15)))

    def clock(moment):
        shown = local(moment, zone)
        return shown.date(), shown.hour, shown.utcoffset()

    kept = moments.agree("this", "hour", at=at, tz=zone, then=lambda t: clock(t) == clock(at))
    assert len(kept) == 8  # four quarters, each with the microsecond before: of the last quarter it is the next hour's
    start = min(kept)
    later = moments.agree("this", "hour", -1, 3, at=at, tz=zone, then=lambda t: start - HOUR <= t < start + 2 * HOUR)
    assert len(later) == 24


# --- the clock on the wall


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("night", NIGHTS)
def test_weekdays_and_hours_are_those_of_the_zone(moments, zone, night):
    moments.add(*grid(night, step=HOUR))
    assert moments.agree("on_weekdays", 6, 7, 6, tz=zone, then=lambda t: local(t, zone).isoweekday() >= 6)
    assert moments.agree("on_weekdays", 1, tz=zone, then=lambda t: local(t, zone).isoweekday() == 1)
    assert moments.agree("between_hours", 9, 17, tz=zone, then=lambda t: 9 <= local(t, zone).hour < 17)
    assert moments.agree("between_hours", 22, 6, tz=zone, then=lambda t: not 6 <= local(t, zone).hour < 22)
    moments.agree("between_hours", 0, 24, tz=zone, then=lambda _: True)
    moments.agree("between_hours", 22, 0, tz=zone, then=lambda t: local(t, zone).hour >= 22)
    moments.agree("between_hours", 24, 2, tz=zone, then=lambda t: local(t, zone).hour < 2)
    moments.agree("between_hours", 0, 0, tz=zone, then=lambda _: False)
    moments.agree("on_weekdays", tz=zone, then=lambda _: False)


@pytest.mark.parametrize("minutes", [330, -210, 0, 840])
def test_a_fixed_offset_may_be_the_current_zone(moments, minutes):
    moments.add(*grid(NIGHTS[0]))
    zone = timezone.get_fixed_timezone(minutes)
    with timezone.override(zone):
        assert moments.agree("between_hours", 9, 17, then=lambda t: 9 <= t.astimezone(zone).hour < 17)
        assert moments.agree("on_weekdays", 6, then=lambda t: t.astimezone(zone).isoweekday() == 6)
        assert moments.agree("during", NIGHTS[0], then=lambda t: t.astimezone(zone).date() == NIGHTS[0])
        days = moments.rows.bucketed("day", field="published_at").with_count()
        wanted = {t.astimezone(zone).date() for t in moments.held if t}
        assert {row["period"].astimezone(zone).date() for row in days if row["period"]} == wanted


def test_a_project_without_time_zones_has_naive_moments_in_its_one_zone(moments, settings):
    settings.TIME_ZONE = "Asia/Kolkata"
    settings.USE_TZ = False
    clock = datetime(2026, 3, 1, 17, 30)  # noqa: DTZ001 (NOW, as that project has it)
    midnight = clock.replace(hour=0, minute=0)
    Post.objects.bulk_create(
        Post(title="t", slug=f"naive-{n}", author=moments.author, published_at=moment)
        for n, moment in enumerate([clock - HOUR, clock - HOUR - MICRO, midnight, midnight - MICRO])
    )
    assert moments.rows.recent(1, field="published_at", at=clock).count() == 3
    assert moments.rows.between(clock - HOUR, clock, field="published_at").count() == 1
    assert moments.rows.during(date(2026, 3, 1), field="published_at").count() == 5
    assert moments.rows.between_hours(17, 18, field="published_at").count() == 2
    assert moments.rows.this("day", field="published_at", at=clock).count() == 5
    assert moments.rows.this("day").exists()


# --- date fields


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Chatham", "America/New_York"])
def test_on_a_date_field_a_moment_counts_as_its_date_in_the_zone(births, zone):
    rows, born = births
    at = NOW  # 02:00 of the next day on the Chatham Islands
    today, days_ago = local(at, zone).date(), local(at - 36 * HOUR, zone).date()
    in_days = local(at + 36 * HOUR, zone).date()
    options = {"field": "dob", "tz": zone}
    assert dates(rows.recent(36, at=at, **options)) == [day for day in born if days_ago <= day <= today]
    assert dates(rows.upcoming(36, at=at, **options)) == [day for day in born if today < day <= in_days]
    assert dates(rows.older_than(1.5, at=at, **options)) == [day for day in born if day < days_ago]
    assert dates(rows.this("day", at=at, **options)) == [today]
    assert dates(rows.this("week", at=at, **options)) == [
        day for day in born if day.isocalendar()[:2] == today.isocalendar()[:2]
    ]
    assert dates(rows.between(at - 36 * HOUR, at, **options)) == [day for day in born if days_ago <= day < today]


def test_on_a_date_field_days_are_days(births):
    rows, born = births
    options = {"field": "dob", "tz": "Pacific/Chatham"}
    assert dates(rows.between(born[2], born[4], **options)) == born[2:4]
    assert dates(rows.during(born[3], **options)) == [born[3]]
    assert dates(rows.during(2026, 2, **options)) == [day for day in born if day.month == 2]
    assert dates(rows.on_weekdays(6, 7, **options)) == [day for day in born if day.isoweekday() > 5]
    assert rows.none_of(P.during(2026, 2, **options)).count() == 10 - 4
    assert rows.during(9999, field="dob").count() == 0
    assert "::" not in str(rows.during(2026, 2, **options).query)
    assert "'" not in str(rows.during(2026, 2, **options).query).split("WHERE")[1].replace("mine", "")


@pytest.mark.parametrize(("method", "args"), [("between_hours", (9, 17)), ("this", ("hour",))])
def test_a_date_has_no_hours(db, method, args):
    with pytest.raises(UnknownField, match=r"content.User: \w+\(\): 'dob' is a date, which has no hours"):
        getattr(User.objects, method)(*args, field="dob")


# --- in other places


def test_conditions_reach_over_relations_and_groups(moments):
    author = moments.author
    moments.add(NOW - DAY)
    comments = [Comment(post=post, user=author, content="c", created_at=NOW - 9 * DAY) for post in moments.rows]
    Comment.objects.bulk_create(comments)
    recent = P.recent(1, field="published_at", at=NOW)
    assert Comment.objects.by(user=author).recent(1, field="post__published_at", at=NOW).count() == 2
    assert Comment.objects.by(user=author).none_of(P.recent(1, field="post__published_at", at=NOW)).count() == 2
    assert Comment.objects.by(user=author).between_hours(12, 13, field="post__published_at").count() == 3
    assert Comment.objects.by(user=author).none_of(P.on_weekdays(7, field="post__published_at")).count() == 2
    assert list(User.objects.having("posts", recent, author=author)) == [author]
    assert list(User.objects.having("posts", ~recent, at_least=2).by(pk=author.pk)) == [author]
    assert User.objects.by(pk=author.pk).with_count("posts", recent).get().posts_count == 2
    assert Comment.objects.by(user=author).recent(9 * 24, at=NOW).count() == 4
    with pytest.raises(ToManyPath, match="having"):
        User.objects.recent(1, field="posts__published_at")

    per_moment = moments.rows.per("published_at").with_count()
    assert [row["count"] for row in per_moment.recent(1, field="published_at", at=NOW)] == [2]
    days = moments.rows.bucketed("day", field="published_at").with_count()
    assert [row["count"] for row in days.this("day", -1, field="period", at=NOW)] == [1]
    with pytest.raises(WrongShape, match="'created_at' is neither a key"):
        per_moment.recent(1)


def test_measures_and_annotations_have_moments_too(moments):
    measured = moments.rows.per("author").annotate(latest=Max("published_at"))
    assert len(measured.recent(1, field="latest", at=NOW)) == 1
    assert len(measured.recent(1, field="latest", at=NOW - DAY)) == 0
    with pytest.raises(UnknownField, match="'title' is no date or datetime"):
        moments.rows.recent(1, field="title")


# --- what is refused

NAIVE = datetime(2026, 1, 1)  # noqa: DTZ001 (naive on purpose)


@pytest.mark.parametrize(
    ("method", "args", "kwargs", "error", "message"),
    [
        ("recent", (-1,), {}, ValueError, "hours must be 0 or more, and finite, got -1"),
        ("recent", (timedelta(hours=-1),), {}, ValueError, "hours must be 0 or more"),
        ("recent", (float("nan"),), {}, ValueError, "got nan"),
        ("recent", (float("inf"),), {}, ValueError, "got inf"),
        ("recent", (10**12,), {}, ValueError, r"hours=1000000000000 reaches beyond the years 1 to 9999"),
        ("recent", (10**400,), {}, ValueError, "reaches beyond the years 1 to 9999"),
        ("recent", (24 * 366 * 2026,), {}, ValueError, "reaches beyond the years 1 to 9999"),
        ("recent", ("24",), {}, TypeError, "hours must be a number or a timedelta, got '24'"),
        ("recent", (True,), {}, TypeError, "hours must be a number or a timedelta, got True"),
        ("recent", (1,), {"at": NAIVE}, ValueError, "at must be an aware datetime, got the naive 2026-01-01"),
        ("recent", (1,), {"at": date(2026, 1, 1)}, TypeError, "at must be an aware datetime, got datetime.date"),
        ("recent", (1,), {"tz": "Nowhere/Land"}, ValueError, "tz must be the name of a time zone"),
        ("recent", (1,), {"field": "nothing"}, UnknownField, "no field 'nothing'"),
        ("upcoming", (10**12,), {}, ValueError, "hours=1000000000000 reaches beyond"),
        ("upcoming", (-0.5,), {}, ValueError, "hours must be 0 or more"),
        ("older_than", (-1,), {}, ValueError, "days must be 0 or more"),
        ("older_than", (10**12,), {}, ValueError, "days=1000000000000 reaches beyond"),
        ("between", (NAIVE, None), {}, ValueError, "start must be an aware datetime, got the naive"),
        ("between", (None, NAIVE), {}, ValueError, "end must be an aware datetime, got the naive"),
        ("between", ("2026-01-01", None), {}, TypeError, "start must be a date or an aware datetime, got '2026-01-01'"),
        ("between", (None, 2026), {}, TypeError, "end must be a date or an aware datetime, got 2026"),
        ("during", (NOW,), {}, ValueError, r"a day is a date, got the moment 2026-03-01T12:00:00\+00:00"),
        ("during", (2026, 13), {}, ValueError, r"month must be in 1..12, got 13"),
        ("during", (2026, 0), {}, ValueError, r"month must be in 1..12, got 0"),
        ("during", (2026,), {"quarter": 5}, ValueError, r"quarter must be in 1..4, got 5"),
        ("during", (2025,), {"week": 53}, ValueError, r"week must be in 1..52, got 53"),
        ("during", (2026,), {"week": 54}, ValueError, r"week must be in 1..53, got 54"),
        ("during", (2026,), {"start_month": 13}, ValueError, r"start_month must be in 1..12, got 13"),
        ("during", (0,), {}, ValueError, r"year must be in 1..9999, got 0"),
        ("during", (10000,), {}, ValueError, r"year must be in 1..9999, got 10000"),
        ("during", ("2026",), {}, TypeError, "year must be a whole number, got '2026'"),
        ("during", (2026.0,), {}, TypeError, "year must be a whole number"),
        ("during", (2026, 1), {"quarter": 1}, ValueError, "month and quarter exclude each other; pass month"),
        ("during", (2026, 1), {"start_month": 4}, ValueError, "month and start_month exclude each other"),
        ("during", (2026,), {"week": 1, "start_month": 4}, ValueError, "week and start_month exclude each other"),
        ("during", (9999,), {"quarter": 4, "start_month": 12}, ValueError, "lies beyond the year 9999"),
        ("during", (date(2026, 1, 1), 1), {}, ValueError, "2026-01-01 is a day already; month goes with a year"),
        ("this", ("minute",), {}, ValueError, "unit must be one of 'hour', 'day'"),
        ("this", ("day",), {"count": -1}, ValueError, "count must be 0 or more, got -1"),
        ("this", ("day", 1.5), {}, TypeError, "offset must be a whole number, got 1.5"),
        ("this", ("day", 10**12), {}, ValueError, "offset=1000000000000 reaches beyond the years 1 to 9999"),
        ("this", ("hour", -(10**12)), {}, ValueError, "offset=-1000000000000 reaches beyond"),
        ("this", ("week",), {"week_start": 0}, ValueError, r"week_start must be in 1..7, got 0"),
        ("on_weekdays", (0,), {}, ValueError, r"a weekday must be in 1..7, got 0"),
        ("on_weekdays", (6, 8), {}, ValueError, r"a weekday must be in 1..7, got 8"),
        ("on_weekdays", ("6",), {}, TypeError, "a weekday must be a whole number, got '6'"),
        ("between_hours", (9, 25), {}, ValueError, r"end must be in 0..24, got 25"),
        ("between_hours", (-1, 9), {}, ValueError, r"start must be in 0..24, got -1"),
        ("between_hours", (9.5, 17), {}, TypeError, "start must be a whole number, got 9.5"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_at_the_call(db, method, args, kwargs, error, message):  # noqa: PLR0917
    with (
        CaptureQueriesContext(connection) as asked,
        pytest.raises(error, match=rf"content.Post: {method}\(\).*{message}"),
    ):
        getattr(Post.objects, method)(*args, **kwargs)
    assert not asked.captured_queries


# --- indexes


def index_condition(rows):
    """What an index serves of a query, where the planner may not scan the table."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = rows.values("pk").explain()
    return "\n".join(re.findall(r"Index Cond: (.*)", plan))


@pytest.mark.parametrize(
    "rows",
    [
        lambda: Post.objects.recent(24),
        lambda: Post.objects.older_than(30),
        lambda: Post.objects.between(NOW, NOW + DAY),
        lambda: Post.objects.between(date(2026, 1, 1), date(2026, 2, 1), tz="Asia/Kolkata"),
        lambda: Post.objects.during(2026),
        lambda: Post.objects.during(2026, 3, tz="Europe/Paris"),
        lambda: Post.objects.during(date(2026, 3, 8), tz="America/New_York"),
        lambda: Post.objects.this("week"),
        lambda: Post.objects.this("hour"),
        lambda: Post.objects.this("month").on_weekdays(6, 7),
    ],
)
def test_a_range_is_one_that_an_index_serves(db, rows):
    found = index_condition(rows())
    assert "created_at <" in found
    assert "EXTRACT" not in found
