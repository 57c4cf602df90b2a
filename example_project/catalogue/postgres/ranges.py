"""Patterns about ranges: what overlaps, what is taken, what is free."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db.models import QuerySet
from psycopg.types.range import Range

from example_project.catalogue import pattern
from example_project.content.models import Booking

MORNING = datetime(2026, 3, 31, 8, tzinfo=UTC)
EVENING = datetime(2026, 3, 31, 18, tzinfo=UTC)


@pattern(313, "Bookings in a span of time")
def bookings_overlapping(start: datetime = MORNING, end: datetime = EVENING) -> QuerySet[Booking]:
    """Bookings that share a moment with ``[start, end)`` and are not cancelled; those that only touch it share none."""
    return Booking.objects.by(cancelled=False).overlapping(start, end)


@pattern(314, "When a user is busy")
def user_busy_spans(user_id: int = 3, start: datetime = MORNING, end: datetime = EVENING) -> list[Range[datetime]]:
    """The bookings of a user in all rooms, cut to ``[start, end)``, overlapping and touching ones as one, ascending."""
    return Booking.objects.by(user=user_id, cancelled=False).merged_ranges(start, end)


@pattern(315, "When a room is free")
def free_slots(
    room_id: int = 6,
    start: datetime = MORNING,
    end: datetime = EVENING,
    minimum: timedelta = timedelta(minutes=30),
) -> list[Range[datetime]]:
    """What the bookings of a room leave free of ``[start, end)``, in slots of at least ``minimum``, ascending."""
    return Booking.objects.by(room=room_id, cancelled=False).free_slots(start, end, minimum=minimum)


@pattern(316, "Book a room if it is free")
def book_if_free(
    room_id: int = 5, user_id: int = 1, start: datetime = MORNING, end: datetime = EVENING
) -> Booking | None:
    """The booking that was made, or None where another one, not cancelled, is in the way.

    Of many calls at a time for one slot, one gets it.
    """
    return Booking.objects.create_if_free(room_id=room_id, user_id=user_id, during=(start, end))
