"""Spans taken together: merged, free, booked."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from asgiref.sync import async_to_sync
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField
from django.db import IntegrityError, connection, models, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import F, Func
from django.test.utils import isolate_apps
from psycopg.types.range import Range

from example_project.content.models import Booking, Category, Post, Room, User
from querysets import P, PatternManager
from querysets.errors import WrongShape

from .conftest import NOON

HOUR = timedelta(hours=1)


def at(hours):
    return NOON + hours * HOUR


def spans(found):
    return [(each.lower, each.upper) for each in found]


@pytest.fixture
def user(db):
    return User.objects.create(username="u", email="ranges@example.org")


@pytest.fixture
def room(db):
    return Room.objects.create(name="mine")


@pytest.fixture
def book(user, room):
    def made(start, end, bounds="[)", *, cancelled=False, room=room):
        during = DateTimeTZRange(start if start is None else at(start), end if end is None else at(end), bounds)
        return Booking.objects.create(room=room, user=user, during=during, cancelled=cancelled)

    return made


def test_what_overlaps_or_touches_is_one_and_the_rest_is_cut_off(book, room):
    for start, end in ((1, 2), (2, 3), (5, 6), (-9, -8), (9, 12)):
        book(start, end)
    book(2.5, 4, cancelled=True)
    rows = Booking.objects.by(room=room)
    assert spans(rows.merged_ranges(at(1.5), at(10))) == [(at(1.5), at(4)), (at(5), at(6)), (at(9), at(10))]
    assert spans(rows.by(cancelled=False).merged_ranges(at(3), at(5))) == []
    assert spans(rows.merged_ranges(None, at(1.5))) == [(at(-9), at(-8)), (at(1), at(1.5))]
    assert spans(rows.free_slots(at(0), at(6))) == [(at(0), at(1)), (at(4), at(5))]
    assert spans(rows.free_slots(at(1), None)) == [(at(4), at(5)), (at(6), at(9)), (at(12), None)]
    assert spans(rows.free_slots(None, None, minimum=3 * HOUR)) == [
        (None, at(-9)), (at(-8), at(1)), (at(6), at(9)), (at(12), None),
    ]  # fmt: skip


def test_no_rows_leave_all_of_it_and_no_time_is_nothing(room):
    rows = Booking.objects.by(room=room)
    for none in (rows, rows.none(), rows.by(pk=[])):
        assert none.merged_ranges(at(0), at(1)) == []
        assert none.free_slots(at(0), at(1)) == [Range(at(0), at(1), "[)")]
    assert rows.free_slots(at(1), at(1)) == rows.merged_ranges(at(2), at(1)) == []
    assert rows.free_slots(at(1), at(1), per="room") == {}


def test_bounds_of_rows_count(book, room):
    book(1, 2, "(]")
    assert Booking.objects.by(room=room).free_slots(at(0), at(3)) == [
        Range(at(0), at(1), "[]"), Range(at(2), at(3), "()"),
    ]  # fmt: skip


def test_without_a_lower_bound_it_takes_all_before_its_end_unless_it_is_said_to_be_never(book, room):
    book(None, 2)
    rows = Booking.objects.by(room=room)
    assert spans(rows.merged_ranges(at(0), at(3))) == [(at(0), at(2))]
    assert spans(rows.free_slots(at(0), at(3))) == [(at(2), at(3))]
    assert rows.merged_ranges(at(0), at(3), open_start=False) == []


def test_slots_of_each_room_are_one_statement(book, room, django_assert_num_queries):
    other, unbooked = Room.objects.create(name="other"), Room.objects.create(name="unbooked")
    book(1, 2)
    book(3, 4, cancelled=True)
    book(0, 5, room=other)
    with django_assert_num_queries(1):
        found = Booking.objects.by(cancelled=False).free_slots(at(0), at(5), per="room")
    assert set(found) == set(Room.objects.values_list("pk", flat=True))
    assert list(found) == sorted(found)
    assert spans(found[room.pk]) == [(at(0), at(1)), (at(2), at(5))]
    assert spans(found[other.pk]) == []
    assert spans(found[unbooked.pk]) == [(at(0), at(5))]
    longer = Booking.objects.by(cancelled=False).free_slots(at(0), at(5), per="room_id", minimum=2 * HOUR)
    assert spans(longer[room.pk]) == [(at(2), at(5))]


def test_two_fields_of_rows_that_end_before_they_start(rows):
    Post.objects.update(start_time=None, end_time=None)
    for post, (start, end) in zip(rows.posts, ((1, 2), (1.5, 3), (5, 4), (6, 6), (7, None), (None, 9)), strict=False):
        Post.objects.filter(pk=post.pk).update(
            start_time=start if start is None else at(start), end_time=end if end is None else at(end)
        )
    fields = ("start_time", "end_time")
    assert spans(Post.objects.merged_ranges(at(0), at(8), *fields)) == [(at(1), at(3)), (at(7), at(8))]
    assert spans(Post.objects.free_slots(at(0), at(8), *fields)) == [(at(0), at(1)), (at(3), at(7))]
    assert spans(Post.objects.merged_ranges(at(0), at(8), *fields, open_start=True)) == [(at(0), at(8))]


def test_days_are_days(rows):
    category = Category.objects.first()
    Post.objects.filter(category=category).update(published_at=NOON, expires_at=NOON + timedelta(days=2))
    day = Func(
        Func(F("published_at"), template="(%(expressions)s AT TIME ZONE 'UTC')::date"),
        Func(F("expires_at"), template="(%(expressions)s AT TIME ZONE 'UTC')::date"),
        function="DATERANGE",
        output_field=DateRangeField(),
    )
    posts = Post.objects.filter(category=category).annotate(days=day)
    first = NOON.date()
    window = (first - timedelta(days=1), first + timedelta(days=5))
    assert spans(posts.merged_ranges(*window, field="days")) == [(first, first + timedelta(days=2))]
    free = spans(posts.free_slots(*window, field="days", minimum=timedelta(days=1, hours=1)))
    assert free == [(first + timedelta(days=2), first + timedelta(days=5))]
    assert len(posts.free_slots(*window, field="days", minimum=timedelta(days=1))) == 2


def test_a_night_when_clocks_change_is_as_long_as_it_is(room):
    zone = ZoneInfo("Europe/Paris")
    start, end = datetime(2026, 3, 28, 12, tzinfo=zone), datetime(2026, 3, 29, 12, tzinfo=zone)
    rows = Booking.objects.by(room=room)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL timezone TO 'Europe/Paris'")
    assert len(rows.free_slots(start, end, minimum=23 * HOUR)) == 1
    assert rows.free_slots(start, end, minimum=24 * HOUR) == []


def test_it_is_of_the_rows_of_the_chain_as_they_stand(book, room):
    for start in range(6):
        book(2 * start, 2 * start + 1)
    rows = Booking.objects.by(room=room).order_by("-during")
    assert spans(rows.limited(1).merged_ranges(at(0), None)) == [(at(10), at(11))]
    assert spans(rows[:1].merged_ranges(at(0), None)) == [(at(10), at(11))]
    assert spans(rows.limited(2).free_slots(at(7), at(12), per="room")[room.pk]) == [
        (at(7), at(8)), (at(9), at(10)), (at(11), at(12)),
    ]  # fmt: skip
    assert len(room.bookings.merged_ranges(at(0), None)) == 6
    multiplied = Booking.objects.filter(room__bookings__cancelled=False, room=room)
    assert len(multiplied.merged_ranges(at(0), None)) == len(multiplied.distinct().merged_ranges(at(0), None)) == 6


def test_a_slot_is_booked_once(user, room, book):
    slot = (at(1), at(2))
    made = room.bookings.create_if_free(user=user, during=slot)
    assert made is not None
    assert made.room == room
    assert made.during == DateTimeTZRange(*slot)
    assert Booking.objects.get(pk=made.pk).during == made.during
    assert Booking.objects.create_if_free(room=room, user=user, during=slot) is None
    assert Booking.objects.create_if_free(room=room, user=user, during=slot, cancelled=True) is not None
    assert Booking.objects.create_if_free(room_id=room.pk, user_id=user.pk, during=(at(2), at(3))) is not None
    assert Booking.objects.by(cancelled=True).create_if_free(room=room, user=user, during=(at(0), at(9))) is None

    async def again():
        return await Booking.objects.acreate_if_free(room=room, user=user, during=slot)

    assert async_to_sync(again)() is None
    assert Booking.objects.by(room=room).count() == 3


def test_a_transaction_goes_on_after_it(user, room):
    with transaction.atomic():
        for _ in range(2):
            found = Booking.objects.create_if_free(room=room, user=user, during=(at(1), at(2)))
        assert found is None
        assert Booking.objects.by(room=room).exists()


def test_other_errors_are_raised(room):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(IntegrityError), transaction.atomic():
        Booking.objects.create_if_free(room=room, user_id=10**9, during=(at(1), at(2)))
    with pytest.raises(IntegrityError), transaction.atomic():
        Booking.objects.create_if_free(room=room, during=(at(1), at(2)))


@isolate_apps("tests")
def test_a_constraint_that_is_checked_at_the_end_cannot_say():
    class Stay(models.Model):
        during = DateRangeField()
        objects = PatternManager()

        class Meta:
            app_label = "ranges"
            constraints = (
                ExclusionConstraint(name="stay", expressions=[("during", "&&")], deferrable=models.Deferrable.DEFERRED),
            )

    with pytest.raises(WrongShape, match="'stay' is deferred"):
        Stay.objects.create_if_free(during=(date(2026, 1, 1), None))


def test_what_a_filter_means_by_overlap_is_what_is_taken(book, room):
    book(1, 2)
    rows = Booking.objects.by(room=room)
    for start, end in ((0, 1), (0.5, 1.5), (1, 2), (2, 3)):
        taken = bool(rows.merged_ranges(at(start), at(end)))
        assert taken == rows.overlapping(at(start), at(end)).exists()
        assert taken == Room.objects.by(pk=room.pk).having("bookings", P.overlapping(at(start), at(end))).exists()
