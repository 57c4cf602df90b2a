"""Filters on spans of time and on ages, against spans that are written out as the moments they hold."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib.postgres.fields import DateRangeField, DateTimeRangeField
from django.db import connection, models
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import ExpressionWrapper, F, Func
from django.db.models.functions import Cast, ExtractDay, ExtractMonth
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from example_project.content.models import ArchivedPost, Booking, Post, Room, User
from querysets import P
from querysets.errors import MissingRole, UnknownField

MICRO = timedelta(microseconds=1)
DAY = timedelta(days=1)
TICKS = range(4)
FROM = datetime(2026, 3, 6, tzinfo=UTC)
SPANS = [(start, end) for start in (None, *TICKS) for end in (None, *TICKS)]
PAIR = ("start_time", "end_time")


def tick(number):
    """Days, so that spans of moments and of dates are told by the same numbers."""
    return None if number is None else FROM + number * DAY


def holds(span, number, *, open_start=False):
    """Whether a number lies in ``[start, end)``."""
    start, end = span
    begun = open_start if start is None else start <= number
    return begun and (end is None or number < end)


def meet(span, given, *, open_start=False):
    """Whether some number lies in both: ends are whole numbers, so a whole one does if any does."""
    return any(holds(span, n, open_start=open_start) and holds(given, n, open_start=True) for n in range(-2, 7))


@pytest.fixture
def posts(db):
    """A post for each span: open, empty and inverted ones as well."""
    author = User.objects.create(username="mine", email="mine@example.org")
    Post.objects.bulk_create(
        Post(title=repr(span), slug=f"mine-{n}", author=author, start_time=tick(span[0]), end_time=tick(span[1]))
        for n, span in enumerate(SPANS)
    )
    return Post.objects.by(author=author)


@pytest.fixture
def bookings(db):
    """The same as ranges, where ``start >= end`` can only be an empty range; and a booking of no time at all."""
    user = User.objects.create(username="mine", email="mine@example.org")
    room = Room.objects.create(name="mine")

    def range_of(start, end):
        return DateTimeTZRange(empty=True) if None not in (start, end) and start >= end else (tick(start), tick(end))

    made = [Booking(room=room, user=user, during=range_of(*span), cancelled=True) for span in SPANS]
    Booking.objects.bulk_create(made)
    return Booking.objects.by(user=user), {booking.pk: span for booking, span in zip(made, SPANS, strict=True)}


def spans(rows):
    return sorted(rows.values_list("title", flat=True))


def titles(wanted):
    return sorted(repr(span) for span in wanted)


# --- two fields


@pytest.mark.parametrize("open_start", [False, True])
def test_a_pair_covers_from_its_start_until_before_its_end(posts, open_start):
    for number in range(-1, 5):
        wanted = [span for span in SPANS if holds(span, number, open_start=open_start)]
        others = [span for span in SPANS if span not in wanted]
        assert spans(posts.covering(tick(number), *PAIR, open_start=open_start)) == titles(wanted)
        assert spans(posts.none_of(P.covering(tick(number), *PAIR, open_start=open_start))) == titles(others)


def test_a_microsecond_decides(posts):
    assert "(1, 2)" not in spans(posts.covering(tick(1) - MICRO, *PAIR))
    assert "(1, 2)" in spans(posts.covering(tick(2) - MICRO, *PAIR))
    assert "(1, 2)" not in spans(posts.overlapping(tick(0), tick(1), *PAIR))
    assert "(1, 2)" in spans(posts.overlapping(tick(0), tick(1) + MICRO, *PAIR))
    assert "(1, 2)" in spans(posts.overlapping(tick(2) - MICRO, tick(3), *PAIR))
    assert "(1, 2)" not in spans(posts.overlapping(tick(2), tick(3), *PAIR))


@pytest.mark.parametrize("open_start", [False, True])
def test_pairs_overlap_where_they_share_a_moment(posts, open_start):
    for given in SPANS:
        start, end = map(tick, given)
        wanted = [span for span in SPANS if meet(span, given, open_start=open_start)]
        others = [span for span in SPANS if span not in wanted]
        assert spans(posts.overlapping(start, end, *PAIR, open_start=open_start)) == titles(wanted), given
        assert spans(posts.none_of(P.overlapping(start, end, *PAIR, open_start=open_start))) == titles(others), given


@pytest.mark.parametrize("open_start", [False, True])
def test_pairs_of_dates_do_the_same(posts, open_start):
    dated = posts.annotate(since=Cast("start_time", models.DateField()), until=Cast("end_time", models.DateField()))
    for given in SPANS:
        start, end = (moment and moment.date() for moment in map(tick, given))
        wanted = [span for span in SPANS if meet(span, given, open_start=open_start)]
        assert spans(dated.overlapping(start, end, "since", "until", open_start=open_start)) == titles(wanted), given
    for number in TICKS:
        wanted = [span for span in SPANS if holds(span, number, open_start=open_start)]
        for moment in (tick(number).date(), tick(number), tick(number + 1) - MICRO):
            assert spans(dated.covering(moment, "since", "until", open_start=open_start)) == titles(wanted)


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Chatham", "America/New_York"])
def test_dates_meet_all_moments_of_their_days_in_the_zone(posts, zone):
    dated = posts.annotate(since=Cast("start_time", models.DateField()), until=Cast("end_time", models.DateField()))
    ranges = dated.annotate(run=Func("since", "until", function="DATERANGE", output_field=DateRangeField()))
    hours = [FROM + n * timedelta(hours=6) for n in range(-8, 24)]
    for start, end in [(hours[n], hours[n + length]) for n in range(4, 20, 3) for length in (0, 1, 4, 6)]:
        quarters = (start + n * timedelta(minutes=15) for n in range(4 * 48))
        inside = {(moment.astimezone(ZoneInfo(zone)).date() - FROM.date()).days for moment in quarters if moment < end}
        wanted = [span for span in SPANS if any(holds(span, n) for n in inside)]
        assert spans(dated.overlapping(start, end, "since", "until", tz=zone)) == titles(wanted), (start, end)
        sound = ranges.filter(title__in=titles(span for span in SPANS if None in span or span[0] <= span[1]))
        assert spans(sound.overlapping(start, end, field="run", tz=zone)) == titles(wanted), (start, end)


def test_now_is_the_default_and_read_late(posts, monkeypatch):
    condition = P.covering(None, *PAIR)
    monkeypatch.setattr(timezone, "now", lambda: tick(2))
    wanted = titles(span for span in SPANS if holds(span, 2))
    assert spans(posts.any_of(condition)) == spans(posts.covering(None, *PAIR)) == wanted


def test_a_moment_may_be_an_expression(posts):
    posts.filter(title="(1, 2)").update(created_at=tick(1))
    posts.filter(title="(2, 3)").update(created_at=tick(3))
    assert spans(posts.filter(title__in=["(1, 2)", "(2, 3)"]).covering(F("created_at"), *PAIR)) == ["(1, 2)"]


def test_a_row_without_the_relation_has_no_span_to_be_open(db):
    seen = User.objects.create(username="mine", email="mine@example.org", joined_at=tick(3))
    ArchivedPost.objects.create(slug="mine-1", title="mine", content="c", author=seen)
    ArchivedPost.objects.create(slug="mine-2", title="mine", content="c", author=None)
    mine = ArchivedPost.objects.by(title="mine")
    fields = ("author__last_seen_at", "author__joined_at")
    assert [row.slug for row in mine.covering(tick(1), *fields, open_start=True)] == ["mine-1"]
    assert [row.slug for row in mine.overlapping(tick(1), tick(2), *fields, open_start=True)] == ["mine-1"]
    assert [row.slug for row in mine.none_of(P.covering(tick(1), *fields, open_start=True))] == ["mine-2"]
    assert not mine.covering(tick(1), *fields).exists()


# --- ranges


@pytest.mark.parametrize("open_start", [False, True])
def test_ranges_mean_the_same_as_pairs(bookings, open_start):
    rows, held = bookings
    for number in range(-1, 5):
        found = {row.pk for row in rows.covering(tick(number), open_start=open_start)}
        assert found == {pk for pk, span in held.items() if holds(span, number, open_start=open_start)}
    for given in SPANS:
        start, end = map(tick, given)
        wanted = {pk for pk, span in held.items() if meet(span, given, open_start=open_start)}
        condition = P.overlapping(start, end, open_start=open_start)
        assert {row.pk for row in rows.overlapping(start, end, open_start=open_start)} == wanted, given
        assert {row.pk for row in rows.none_of(condition)} == set(held) - wanted, given


def test_bounds_are_those_of_the_range_and_of_the_question(bookings):
    rows, _ = bookings
    room, user = rows[0].room, rows[0].user
    closed = Booking.objects.create(room=room, user=user, during=DateTimeTZRange(tick(8), tick(9), "(]"))
    found = Booking.objects.by(pk=closed.pk)
    assert found.covering(tick(9)).exists()
    assert not found.covering(tick(8)).exists()
    inclusive = ExpressionWrapper(F("during"), output_field=DateTimeRangeField(default_bounds="[]"))
    assert not found.annotate(span=inclusive).overlapping(tick(7), tick(8), field="span").exists()
    assert (
        not Booking.objects.by(pk=closed.pk)
        .annotate(span=inclusive)
        .overlapping(tick(9) + MICRO, None, field="span")
        .exists()
    )
    later = Booking.objects.create(room=room, user=user, during=(tick(10), tick(11)))
    asked = Booking.objects.by(pk=later.pk).annotate(span=inclusive)
    assert not asked.overlapping(tick(9), tick(10), field="span").exists()
    assert asked.overlapping(tick(9), tick(10) + MICRO, field="span").exists()


def test_spans_of_related_rows(bookings):
    rows, _ = bookings
    user = rows[0].user
    assert User.objects.by(pk=user.pk).having("bookings", P.covering(tick(1))).exists()
    assert User.objects.by(pk=user.pk).having("bookings", ~P.covering(tick(1))).exists()
    User.objects.by(pk=user.pk).update(joined_at=tick(1), last_seen_at=tick(2))
    assert not rows.overlapping(tick(0), tick(1), "user__joined_at", "user__last_seen_at").exists()
    assert rows.overlapping(tick(1), tick(2), "user__joined_at", "user__last_seen_at").count() == len(SPANS)


# --- years


def birthday(born, year):
    try:
        return born.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def age(born, day):
    """Completed years; nobody has an age before birth."""
    return (
        None
        if born is None or born > day
        else sum(birthday(born, y) <= day for y in range(born.year + 1, day.year + 1))
    )


@pytest.fixture
def people(db):
    """Someone born on each of many days around the turns of years and months, and someone of unknown age."""
    days = [
        date(year, *day)
        for year in (1999, 2000, 2004, 2007, 2008)
        for day in ((2, 27), (2, 28), (3, 1), (12, 31), (1, 1))
    ]
    days += [date(2000, 2, 29), date(2004, 2, 29), date(2008, 2, 29), date(2008, 2, 29), date(2030, 1, 1)]
    users = [User(username="mine", email=f"mine{n}@example.org", dob=day) for n, day in enumerate([*days, None])]
    User.objects.bulk_create(users)
    return User.objects.by(username="mine"), [*days, None]


def births(rows):
    return sorted(rows.values_list("dob", flat=True), key=str)


@pytest.mark.parametrize(
    "on", [date(2024, 2, 28), date(2024, 2, 29), date(2026, 2, 28), date(2026, 3, 1), date(2025, 12, 31)]
)
@pytest.mark.parametrize(("low", "high"), [(18, None), (0, None), (None, 18), (18, 22), (26, 26), (None, None), (0, 0)])
def test_ages_are_completed_years(people, on, low, high):
    rows, days = people

    def fits(born):
        years = age(born, on)
        return years is not None and (low or 0) <= years and (high is None or years <= high)

    assert births(rows.aged(low, high, on=on)) == sorted(filter(fits, days), key=str)
    others = sorted((born for born in days if not fits(born)), key=str)
    assert births(rows.none_of(P.aged(low, high, on=on))) == others
    assert None in others


@pytest.mark.parametrize("on", ["2024-02-28", "2024-02-29", "2024-03-01", "2023-02-28", "2023-03-01", "2100-03-01"])
def test_ages_are_those_of_postgresql(db, on):
    born = "generate_series(date '1990-01-01', %s, '1 day') as days(born)"
    with connection.cursor() as cursor:
        for years in (1, 3, 4, 20, 21):
            cursor.execute(f"SELECT count(*) FROM {born} WHERE extract(year FROM age(%s, born)) >= %s", [on, on, years])  # noqa: S608
            wanted = cursor.fetchone()[0]
            rows = User.objects.aged(years, on=date.fromisoformat(on))
            cutoff = re.search(r"<= (\S+)", str(rows.query).split("WHERE")[1])[1]
            cursor.execute(f"SELECT count(*) FROM {born} WHERE born <= %s", [on, cutoff])  # noqa: S608
            assert cursor.fetchone()[0] == wanted


def test_impossible_ages_are_no_row_and_no_query(people, django_assert_num_queries):
    rows, _ = people
    with django_assert_num_queries(0):
        assert list(rows.aged(30, 18)) == []
        assert list(rows.aged(5000)) == []
    assert births(rows.aged(max=5000, on=date(2026, 1, 1))) == births(rows.aged(on=date(2026, 1, 1)))


def test_a_moment_has_an_age_by_its_local_date(people):
    rows, _ = people
    rows.filter(dob=date(1999, 2, 27)).update(joined_at=datetime(2020, 1, 1, 10, 14, 59, tzinfo=UTC))
    rows.filter(dob=date(1999, 2, 28)).update(joined_at=datetime(2020, 1, 1, 10, 15, tzinfo=UTC))  # 2 January
    joined = {"field": "joined_at", "tz": "Pacific/Chatham", "on": date(2026, 1, 1)}
    assert births(rows.aged(6, **joined)) == [date(1999, 2, 27)]
    assert births(rows.aged(5, 5, **joined)) == [date(1999, 2, 28)]
    joined["on"] = date(2026, 1, 2)
    assert births(rows.aged(6, 6, **joined)) == [date(1999, 2, 27), date(1999, 2, 28)]
    assert births(rows.anniversary_within(0, **joined)) == [date(1999, 2, 28)]


@pytest.mark.parametrize("days", [0, 1, 7, 60, 364, 365, 400])
@pytest.mark.parametrize(
    "on", [date(2026, 2, 28), date(2026, 3, 1), date(2024, 2, 29), date(2024, 3, 1), date(2025, 12, 31)]
)
def test_anniversaries_come_around_from_today_on(people, on, days):
    rows, born = people

    def comes(day):
        return day and any(on <= birthday(day, year) <= on + days * DAY for year in range(on.year, on.year + 3))

    found = births(rows.anniversary_within(days, on=on))
    assert found == sorted(filter(comes, born), key=str)
    assert found
    assert births(rows.none_of(P.anniversary_within(days, on=on))) == sorted((d for d in born if not comes(d)), key=str)


def test_today_is_that_of_the_zone(people, monkeypatch):
    rows, _ = people
    monkeypatch.setattr(timezone, "now", lambda: datetime(2025, 12, 31, 12, tzinfo=UTC))
    new_year = {date(year, 1, 1) for year in (1999, 2000, 2004, 2007, 2008, 2030)}
    eve = {date(year, 12, 31) for year in (1999, 2000, 2004, 2007, 2008)}
    assert set(births(rows.anniversary_within(0))) == eve
    assert set(births(rows.anniversary_within(0, tz="Pacific/Auckland"))) == new_year
    with timezone.override("Pacific/Auckland"):
        assert set(births(rows.anniversary_within(0))) == new_year
    assert date(2008, 1, 1) not in births(rows.aged(18))
    assert date(2008, 1, 1) in births(rows.aged(18, tz="Pacific/Auckland"))


# --- what is refused

NAIVE = datetime(2026, 1, 1)  # noqa: DTZ001 (naive on purpose)


@pytest.mark.parametrize(
    ("model", "method", "args", "kwargs", "error", "message"),
    [
        (User, "covering", (), {}, MissingRole, "needs a 'range' field.*pass start_field and end_field, or field="),
        (User, "overlapping", (FROM, None), {}, MissingRole, "needs a 'range' field"),
        (
            Post,
            "covering",
            (FROM, "start_time"),
            {},
            TypeError,
            "pass start_field and end_field, or field=... for a range",
        ),
        (Post, "covering", (FROM, *PAIR), {"field": "start_time"}, TypeError, "pass start_field and end_field, or"),
        (
            Post,
            "covering",
            (FROM,),
            {"field": "start_time"},
            UnknownField,
            "'start_time' is no range of dates or datetimes",
        ),
        (Post, "covering", (FROM, "title", "end_time"), {}, UnknownField, "'title' is no date or datetime"),
        (Post, "covering", (FROM, "start", "end_time"), {}, UnknownField, "no field 'start'"),
        (User, "covering", (FROM, "dob", "joined_at"), {}, UnknownField, "must both be dates, or both datetimes"),
        (Post, "covering", (NAIVE, *PAIR), {}, ValueError, "moment must be an aware datetime, got the naive"),
        (
            Post,
            "covering",
            ("2026-01-01", *PAIR),
            {},
            TypeError,
            "moment must be a date or an aware datetime, got '2026",
        ),
        (Post, "overlapping", (NAIVE, FROM, *PAIR), {}, ValueError, "start must be an aware datetime"),
        (Post, "overlapping", (None, NAIVE, *PAIR), {}, ValueError, "end must be an aware datetime"),
        (
            Post,
            "overlapping",
            (None, "2026", *PAIR),
            {},
            TypeError,
            "end must be a date or an aware datetime, got '2026'",
        ),
        (Post, "overlapping", (F("created_at"), None, *PAIR), {}, TypeError, "start must be .* got the expression"),
        (Post, "overlapping", (FROM, None, *PAIR), {"tz": "Nowhere"}, ValueError, "tz must be the name of a time zone"),
        (User, "aged", (-1,), {}, ValueError, "min must be 0 or more, got -1"),
        (User, "aged", (0, -1), {}, ValueError, "max must be 0 or more, got -1"),
        (User, "aged", ("18",), {}, TypeError, "min must be a whole number, got '18'"),
        (User, "aged", (18,), {"on": FROM}, ValueError, "on is a date, got the moment 2026-03-06"),
        (User, "aged", (18,), {"on": "2026-01-01"}, TypeError, "on must be a date, got '2026-01-01'"),
        (Post, "aged", (18,), {}, UnknownField, "no field 'dob'"),
        (User, "aged", (18,), {"field": "email"}, UnknownField, "'email' is no date or datetime"),
        (User, "anniversary_within", (-1,), {}, ValueError, "days must be 0 or more, got -1"),
        (User, "anniversary_within", (1.5,), {}, TypeError, "days must be a whole number"),
        (User, "anniversary_within", (1,), {"on": FROM}, ValueError, "on is a date"),
    ],
)
def test_bad_input_is_refused_at_the_call(db, model, method, args, kwargs, error, message):  # noqa: PLR0917
    with CaptureQueriesContext(connection) as asked, pytest.raises(error, match=rf"{method}\(\).*{message}"):
        getattr(model.objects, method)(*args, **kwargs)
    assert not asked.captured_queries


# --- indexes


def index_condition(rows):
    """What an index serves of a query, where the planner may not scan the table."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = rows.values("pk").explain()
    return "\n".join(re.findall(r"Index Cond: (.*)", plan))


def make(index, model):
    with connection.schema_editor() as editor:
        editor.add_index(model, index)


def test_a_gist_index_serves_ranges(db):
    booked = Booking.objects.by(cancelled=False)
    assert "during &&" in index_condition(booked.overlapping(tick(0), tick(1)))
    assert "during @>" in index_condition(booked.covering(tick(0)))


def test_a_btree_serves_pairs_and_ages_and_the_documented_expression_anniversaries(db):
    make(models.Index(fields=["start_time"], name="t1"), Post)
    assert "start_time <" in index_condition(Post.objects.overlapping(tick(0), tick(1), *PAIR))
    assert "start_time <=" in index_condition(Post.objects.covering(tick(0), *PAIR))
    make(models.Index(fields=["dob"], name="t2"), User)
    found = index_condition(User.objects.aged(20, 29))
    assert "dob >=" in found
    assert "dob <=" in found
    make(models.Index(ExtractMonth("dob") * 100 + ExtractDay("dob"), name="t3"), User)
    assert "EXTRACT(month FROM dob)" in index_condition(User.objects.anniversary_within(7, on=date(2026, 3, 1)))
    assert "EXTRACT(month FROM dob)" in index_condition(User.objects.anniversary_within(7, on=date(2025, 12, 30)))
