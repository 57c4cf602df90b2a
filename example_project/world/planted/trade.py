"""Orders on bounds, rates that begin too late, and bookings that touch."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from psycopg.types.range import Range

from example_project.world.builder import Builder
from example_project.world.rows import Booking, Rate, Room

STEP = timedelta(microseconds=1)
DAY = timedelta(days=1)


def plant(world: Builder) -> None:
    """Orders, rates and bookings."""
    _orders(world)
    _rates(world)
    _bookings(world)


def _orders(world: Builder) -> None:
    now = world.now
    buyer = world.user("buyer", "buyer@example.org").id
    for amount in ("0.00", "0.01", "99.99", "100.00", "100.01", "9999999999.99"):
        world.order(buyer, amount)
    for month in (datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)):
        for step in (-STEP, 0 * STEP):
            world.order(buyer, "50.00", created_at=month - DAY, paid_at=month + step)
    for status in ("new", "paid", "shipped", "cancelled"):
        for currency in ("EUR", "USD", "CHF"):
            paid = now - 10 * DAY if status in {"paid", "shipped"} else None
            world.order(buyer, "10.00", status=status, currency=currency, created_at=now - 11 * DAY, paid_at=paid)
    world.order(buyer, "20.00", status="cancelled", paid_at=now - 20 * DAY)  # paid, then given back
    for days in (7, 30):
        created = now - 90 * DAY
        for step in (-STEP, 0 * STEP, STEP):
            world.order(buyer, "5.00", created_at=created, paid_at=created + days * DAY + step)
    last = world.user("last.orders.tie", "last.orders@example.org").id
    world.order(last, "1.00", status="shipped")
    world.order(last, "2.00", status="new", paid_at=None)  # at the same moment: the id decides


def _rates(world: Builder) -> None:
    """A rate from exactly the moment of an order, and one from just after another."""
    trader = world.user("trader", "trader@example.org").id
    moment = world.now - 50 * DAY
    world.add(Rate, currency="SEK", valid_from=moment, rate=Decimal("0.08850000"))
    world.add(Rate, currency="SEK", valid_from=moment + DAY + STEP, rate=Decimal("0.09000000"))
    for created in (moment - STEP, moment, moment + DAY, moment + DAY + STEP):
        world.order(trader, "100.00", currency="SEK", created_at=created, paid_at=None, status="new")


def _bookings(world: Builder) -> None:
    """In a room of their own: touching, apart, cancelled under another, open-ended."""
    room = world.add(Room, name="Observatory").id
    noon = world.now.replace(hour=12, minute=0, second=0, microsecond=0)
    hour = timedelta(hours=1)
    spans: list[tuple[datetime | None, datetime | None, bool]] = [
        (noon - 2 * hour, noon, False),
        (noon, noon + hour, False),
        (noon + 90 * timedelta(minutes=1), noon + 2 * hour, False),
        (noon - hour, noon + hour, True),
        (noon - hour, noon + hour, True),
        (noon + 30 * DAY, None, False),
    ]
    for start, end, cancelled in spans:
        world.add(Booking, room_id=room, user_id=3, during=Range(start, end, "[)"), cancelled=cancelled)
