"""What the database knows about the world in it."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class Loaded(models.Model):
    """Which world was loaded; at most one row.

    The worlds of the tests stand still at ``EPOCH``. Those that people look at are made for the hour of their loading,
    so that something has happened today. Whoever compares queries with the rows as Python knows them has to make the
    same world again, and reads here at which moment.
    """

    scale = models.CharField(max_length=20)
    now = models.DateTimeField()
    posts = models.IntegerField()
    python = models.CharField(max_length=10)  # the minor version whose standard library the texts are from
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.scale} world of {self.now:%Y-%m-%d %H:%M}"
