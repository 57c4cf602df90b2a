"""Orders, and the rates that turn their currencies into euro."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from querysets import PatternManager

from .people import User


class Order(models.Model):
    """Something bought. Revenue is what was paid or shipped, at ``paid_at``, in one currency."""

    class Status(models.TextChoices):
        NEW = "new"
        PAID = "paid"
        SHIPPED = "shipped"
        CANCELLED = "cancelled"

    user = models.ForeignKey(User, models.CASCADE, related_name="orders", db_index=False)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=3, default="EUR")
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.NEW)
    created_at = models.DateTimeField(default=timezone.now)
    paid_at = models.DateTimeField(null=True)

    objects = PatternManager(timestamp="created_at", status="status", owner="user", rank="amount")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="order_amount_not_negative"),
        ]
        indexes = [
            models.Index(fields=["user", "-created_at", "-id"], name="order_user_newest"),
            models.Index(fields=["-created_at", "-id"], name="order_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


class Rate(models.Model):
    """What one unit of a currency is worth in euro from a moment on, until the next row."""

    currency = models.CharField(max_length=3)
    valid_from = models.DateTimeField()
    rate = models.DecimalField(max_digits=16, decimal_places=8)

    objects = PatternManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["currency", "valid_from"], name="rate_once"),
            models.CheckConstraint(condition=models.Q(rate__gt=0), name="rate_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.rate}"
