"""What the patterns of ranges must give."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from psycopg.types.range import Range

from example_project.catalogue.checking import Written, case, empty, oracle, refused
from example_project.world import World
from example_project.world.rows import Booking

STEP = timedelta(microseconds=1)
HALF = timedelta(minutes=30)


def _clock(hour: int, minute: int = 0, *, days: int = 0, step: int = 0) -> Callable[[World], datetime]:
    """An argument: a time of the world's day, some days and microseconds aside."""
    apart = timedelta(days=days, microseconds=step)
    return lambda world: world.now.replace(hour=hour, minute=minute, second=0, microsecond=0) + apart


def _cut(booking: Booking, start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """A booking within a window; one without an end goes on."""
    low, high = booking.during.lower, booking.during.upper
    return max(low or start, start), min(high or end, end)


def _taken(bookings: Sequence[Booking], start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """What bookings that are not cancelled take up of a window, in stretches with a gap between any two."""
    cuts = sorted(_cut(booking, start, end) for booking in bookings if not booking.cancelled)
    known: tuple[datetime, datetime] | None = None
    for low, high in cuts:
        if low >= high:
            continue
        if known is not None and low <= known[1]:
            known = known[0], max(known[1], high)
            continue
        if known is not None:
            yield known
        known = low, high
    if known is not None:
        yield known


def _ranges(spans: Sequence[tuple[datetime, datetime]]) -> list[Range[datetime]]:
    return [Range(low, high, "[)") for low, high in spans]


@oracle(
    313,
    case(start=_clock(12), end=_clock(13)),
    empty(start=_clock(13), end=_clock(13, 30)),
    case(start=_clock(13, step=-1), end=_clock(13, 30, step=1)),
    case(start=_clock(13), end=_clock(13, 30, step=1)),
    case(start=_clock(13, step=-1), end=_clock(13, 30)),
    case(start=_clock(12, days=4000), end=_clock(12, days=4001)),
    empty(start=_clock(12, days=30, step=-1), end=_clock(12, days=30)),
    case(start=_clock(12, days=30, step=-1), end=_clock(12, days=30, step=1)),
    empty(start=_clock(12), end=_clock(12)),
    empty(start=_clock(13), end=_clock(12)),
    refused(ValueError, start=datetime(2026, 3, 31)),  # noqa: DTZ001
)
def bookings_overlapping(world: World, start: datetime, end: datetime) -> list[Booking]:
    return [
        booking
        for booking in world.bookings
        if not booking.cancelled and start < end
        and (booking.during.lower is None or booking.during.lower < end)
        and (booking.during.upper is None or booking.during.upper > start)
    ]  # fmt: skip


@oracle(
    314,
    case(start=_clock(11), end=_clock(13, 45)),
    case(start=_clock(11), end=_clock(12, days=400)),
    case(user_id=1, start=_clock(0, days=-30), end=_clock(0, days=30)),
    case(user_id=2, start=_clock(0, days=-30), end=_clock(0, days=30)),
    empty(start=_clock(13), end=_clock(13, 30)),
    empty(start=_clock(12), end=_clock(12)),
    empty(start=_clock(13), end=_clock(12)),
    empty(user_id=10**9),
    ordered=True,
)
def user_busy_spans(world: World, user_id: int, start: datetime, end: datetime) -> list[Range[datetime]]:
    return _ranges(list(_taken([each for each in world.bookings if each.user_id == user_id], start, end)))


@oracle(
    315,
    case(minimum=HALF + STEP),
    case(minimum=timedelta(hours=2)),
    case(minimum=timedelta(hours=2) + STEP),
    case(start=_clock(12, 30), end=_clock(12, days=60)),
    case(room_id=5),
    case(room_id=1, start=_clock(0, days=-30), end=_clock(0, days=30), minimum=timedelta(hours=1)),
    case(start=_clock(13), end=_clock(13, 30)),
    empty(start=_clock(13), end=_clock(13, 30, step=-1)),
    empty(start=_clock(12), end=_clock(13)),
    empty(start=_clock(12, days=30), end=_clock(12, days=40)),
    empty(start=_clock(12), end=_clock(12)),
    refused(ValueError, minimum=timedelta(0)),
    ordered=True,
)
def free_slots(world: World, room_id: int, start: datetime, end: datetime, minimum: timedelta) -> list[Range[datetime]]:
    taken = list(_taken([each for each in world.bookings if each.room_id == room_id], start, end))
    starts, ends = [start, *(high for _, high in taken)], [*(low for low, _ in taken), end]
    gaps = [(low, high) for low, high in zip(starts, ends, strict=True) if high - low >= minimum]
    return _ranges(gaps)


@oracle(
    316,
    case(room_id=6, start=_clock(13), end=_clock(13, 30)),
    empty(room_id=6, start=_clock(13), end=_clock(13, 30, step=1)),
    empty(room_id=6, start=_clock(13, step=-1), end=_clock(13, 30)),
    empty(room_id=6, start=_clock(12, 15), end=_clock(12, 30)),
    case(room_id=6, start=_clock(12, days=20), end=_clock(12, days=30)),
    empty(room_id=6, start=_clock(12, days=20), end=_clock(12, days=30, step=1)),
    refused(ValueError, start=_clock(12), end=_clock(12)),
    refused(ValueError, start=_clock(13), end=_clock(12)),
)
def book_if_free(world: World, room_id: int, user_id: int, start: datetime, end: datetime) -> Written:
    own = [each for each in world.bookings if each.room_id == room_id]
    if any(_taken(own, start, end)):
        return Written(None)
    booked = Booking(0, room_id, user_id, Range(start, end, "[)"), cancelled=False)
    return Written(booked, rows=[booked])
