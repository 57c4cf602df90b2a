"""Rooms, and who has them when."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models

from querysets import PatternManager

from .people import User


class Room(models.Model):
    """A room that can be booked."""

    name = models.CharField(max_length=100, unique=True)

    objects = PatternManager(title="name")

    def __str__(self) -> str:
        return self.name


class Booking(models.Model):
    """A room for a user during ``[start, end)``; two bookings of a room overlap only if one is cancelled."""

    room = models.ForeignKey(Room, models.CASCADE, related_name="bookings")
    user = models.ForeignKey(User, models.CASCADE, related_name="bookings")
    during = DateTimeRangeField()
    cancelled = models.BooleanField(default=False)

    objects = PatternManager(range="during", owner="user")

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="booking_no_overlap",
                expressions=[("room", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
                condition=models.Q(cancelled=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.room_id} {self.during}"
