"""Ordinary orders, rates of exchange, rooms and bookings."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

from psycopg.types.range import Range

from .chance import moments, popular, rhythm
from .rows import Booking, Order, Rate, Room, User

# What one unit is worth in euro. The francs of the world have no rate at all.
RATES = {"USD": Decimal("0.92"), "GBP": Decimal("1.17"), "JPY": Decimal("0.0061")}
CURRENCIES = ("EUR", "EUR", "EUR", "EUR", "USD", "USD", "GBP", "JPY", "CHF")
ROOMS = ("Attic", "Cellar", "Gallery", "Library", "Workshop")


def orders(chance: Random, now: datetime, users: Sequence[User], count: int) -> Iterator[Order]:
    """At most ``count`` orders of a year in the order of time; one in eight is paid late or never."""
    joined = [user.joined_at for user in users]
    number = 0
    for moment in moments(chance, rhythm(now, 365), count):
        if among := bisect_right(joined, moment):
            number += 1
            yield order(chance, number, users[popular(chance, among)].id, moment, now)


def order(chance: Random, number: int, user: int, moment: datetime, now: datetime) -> Order:
    """One order; what would be paid after now is still new."""
    status = chance.choices(("new", "paid", "shipped", "cancelled"), (15, 30, 45, 10))[0]
    paid = moment + timedelta(minutes=chance.choice((5, 90, 1440, 4320, 50_000)))
    if paid > now:
        status = "new"
    settled = status in {"paid", "shipped"} or (status == "cancelled" and chance.random() < 0.2)
    return Order(
        id=number,
        user_id=user,
        amount=Decimal(int(100 * chance.lognormvariate(3.4, 1))).scaleb(-2),
        currency=chance.choice(CURRENCIES),
        status=status,
        created_at=moment,
        paid_at=paid if settled else None,
    )


def rates(chance: Random, now: datetime) -> Iterator[Rate]:
    """A rate a month and currency. The first begin after the first orders, which have none."""
    yield Rate(1, "EUR", datetime(2000, 1, 1, tzinfo=UTC), Decimal(1))
    number = 1
    for back in range(10, -1, -1):
        midnight = (now - timedelta(days=30 * back)).replace(hour=0, minute=0, second=0, microsecond=0)
        for currency, worth in RATES.items():
            number += 1
            change = Decimal(chance.randrange(9000, 11_000)).scaleb(-4)
            yield Rate(number, currency, midnight, (worth * change).quantize(Decimal("1e-8")))


def rooms() -> list[Room]:
    """Rooms; nobody books the last."""
    return [Room(number, name) for number, name in enumerate(ROOMS, 1)]


def bookings(chance: Random, now: datetime, users: Sequence[User], days: int) -> Iterator[Booking]:
    """The bookings of some days around now; one that was cancelled may have given way to another."""
    number = 0
    for day in range(-days, days):
        opening = (now + timedelta(days=day)).replace(hour=8, minute=0, second=0, microsecond=0)
        for room in rooms()[:-1]:
            start = opening + timedelta(minutes=30 * chance.randrange(8))
            for _ in range(chance.randrange(4)):
                end = start + timedelta(minutes=30 * chance.randrange(1, 6))
                cancelled = chance.random() < 0.15
                number += 1
                user = users[popular(chance, len(users))].id
                yield Booking(number, room.id, user, Range(start, end, "[)"), cancelled)
                start = start if cancelled else end + timedelta(minutes=chance.choice((0, 0, 30, 90)))
