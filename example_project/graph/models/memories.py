"""What an agent remembers of its users."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from pgvector.django import HnswIndex, VectorField

from example_project.config import dims
from example_project.content.models import User
from querysets import PatternManager


class MemoryLink(models.Model):
    """One memory of a user: how strong, how important, how often and when it was last recalled."""

    user = models.ForeignKey(User, models.CASCADE, related_name="memory_links")
    content = models.TextField(default="")
    embedding = VectorField(dimensions=dims.TEXT)
    strength = models.FloatField()
    frequency = models.IntegerField(default=1)
    importance = models.SmallIntegerField(default=5)
    created_at = models.DateTimeField(default=timezone.now)
    last_recalled_at = models.DateTimeField(null=True)

    objects = PatternManager(
        timestamp="created_at",
        owner="user",
        body="content",
        embedding="embedding",
        rank="strength",
        accessed="last_recalled_at",
        uses="frequency",
        importance="importance",
    )

    class Meta:
        constraints = [
            # The upper bounds keep NaN out as well, which PostgreSQL sorts above every number.
            models.CheckConstraint(condition=models.Q(strength__range=(0, 1)), name="memory_strength_range"),
            models.CheckConstraint(condition=models.Q(frequency__gte=0), name="memory_frequency_not_negative"),
            models.CheckConstraint(condition=models.Q(importance__range=(1, 10)), name="memory_importance_range"),
        ]
        indexes = [
            models.Index(fields=["strength"], name="memory_strength"),
            models.Index(fields=["-created_at", "-id"], name="memory_newest"),
            HnswIndex(fields=["embedding"], opclasses=["vector_cosine_ops"], name="memory_embedding_cosine"),
        ]

    def __str__(self) -> str:
        return self.content
