"""What one user is to another, as of when, and since when that is known."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from example_project.content.models import User
from querysets import PatternManager


class Relationship(models.Model):
    """A directed edge between users. Several of one kind between two are ordinary, and so is one with oneself."""

    class Kind(models.TextChoices):
        FOLLOWS = "follows"
        MENTORS = "mentors"
        DEPENDS_ON = "depends_on"

    source = models.ForeignKey(User, models.CASCADE, related_name="relationships", db_index=False)
    target = models.ForeignKey(User, models.CASCADE, related_name="inbound", db_index=False)
    kind = models.CharField(max_length=30, choices=Kind.choices)
    weight = models.FloatField(null=True)
    valid_from = models.DateTimeField(null=True)  # NULL: always
    valid_to = models.DateTimeField(null=True)  # NULL: open
    recorded_at = models.DateTimeField(default=timezone.now)
    retracted_at = models.DateTimeField(null=True)

    objects = PatternManager(valid=("valid_from", "valid_to"), known=("recorded_at", "retracted_at"))

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(weight__gte=0), name="relationship_weight_not_negative"),
        ]
        indexes = [
            models.Index(fields=["source", "kind"], name="relationship_source_kind"),
            models.Index(fields=["target", "kind"], name="relationship_target_kind"),
            models.Index(fields=["source", "valid_from"], name="relationship_source_from"),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.kind} {self.target_id}"
