"""What the database itself refuses, computes and allows in the content domain."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import F

from example_project.content.models import Booking, Category, Order, Post, Rate, Room, User

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)


def test_migrations_are_complete():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.parametrize(
    ("model", "column", "value"),
    [
        (Post, "rating", 5.25),
        (Post, "rating", -0.25),
        (Post, "rating", float("nan")),
        (Post, "price", Decimal("-0.01")),
        (Order, "amount", Decimal("-0.01")),
        (Rate, "rate", Decimal(0)),
        (User, "credits", -1),
    ],
)
def test_refuses_values_out_of_range(world, model, column, value):
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.filter(pk=1).update(**{column: value})


def test_siblings_swap_places_in_one_transaction(world):
    first, second = Category.objects.filter(parent__slug="empty").order_by("position")[:2]
    Category.objects.filter(pk=first.pk).update(position=second.position)
    Category.objects.filter(pk=second.pk).update(position=first.position)
    connection.check_constraints()
    Category.objects.filter(pk=second.pk).update(position=F("position") + 1)
    with pytest.raises(IntegrityError):
        connection.check_constraints()


def test_deleting_parents_makes_roots_of_their_children(world):
    slugs = ["archive", "empty", "ring-two-a"]
    children = list(Category.objects.filter(parent__slug__in=slugs).values_list("pk", flat=True))
    Category.objects.filter(slug__in=slugs).delete()
    connection.check_constraints()
    assert len(children) > 4
    assert not Category.objects.filter(pk__in=children, parent__isnull=False).exists()


def test_a_room_is_booked_once_at_a_time(world):
    room = Room.objects.get(name="Attic")
    later = NOON + timedelta(days=900)
    booking = {"room": room, "user_id": 1}
    Booking.objects.create(during=DateTimeTZRange(later, later + timedelta(hours=1)), **booking)
    Booking.objects.create(during=DateTimeTZRange(later + timedelta(hours=1), later + timedelta(hours=2)), **booking)
    overlapping = DateTimeTZRange(later + timedelta(minutes=30), later + timedelta(minutes=90))
    Booking.objects.create(during=overlapping, cancelled=True, **booking)
    with pytest.raises(IntegrityError), transaction.atomic():
        Booking.objects.create(during=overlapping, **booking)


@pytest.mark.parametrize(("configuration", "found"), [("french_unaccent", True), ("french", False)])
def test_the_unaccented_configuration_finds_both_spellings(db, configuration, found):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT to_tsvector(%s, 'Un élève déçu') @@ plainto_tsquery(%s, 'eleve')", [configuration, configuration]
        )
        assert cursor.fetchone() == (found,)
