"""People."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex, GistIndex, OpClass
from django.db import models
from django.db.models.functions import Lower, Upper
from django.utils import timezone
from pgvector.django import VectorField

from example_project.config import dims
from querysets import Edges, PatternManager


class User(models.Model):
    """A person; nothing to do with logging in. Namesakes are ordinary, and so are addresses that differ in case."""

    class Status(models.TextChoices):
        ACTIVE = "active"
        PENDING = "pending"
        SUSPENDED = "suspended"
        BANNED = "banned"

    username = models.CharField(max_length=100)
    email = models.EmailField(unique=True)
    is_active = models.BooleanField(default=True)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.ACTIVE)
    bio = models.TextField(null=True)  # noqa: DJ001 (absent and empty are two things, and the world has both)
    dob = models.DateField(null=True)
    joined_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(null=True)
    credits = models.IntegerField(default=0)
    memory_embedding = VectorField(dimensions=dims.TEXT, null=True)

    objects = PatternManager(
        timestamp="joined_at",
        updated="last_seen_at",
        active="is_active",
        status="status",
        search_fields=("username", "email", "bio"),
        embedding="memory_embedding",
        edges=Edges("relationships", "source", "target", weight="weight"),
        filterable=("username", "email", "status", "is_active"),
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(credits__gte=0), name="user_credits_not_negative"),
        ]
        indexes = [
            models.Index(fields=["-joined_at", "-id"], name="user_newest"),
            models.Index(fields=["last_seen_at"], name="user_last_seen"),
            # Without a pattern operator class an index serves LIKE 'x%' under the C collation only. With it, it serves
            # equality too, so that one index on Upper() is enough for iexact and istartswith.
            models.Index(OpClass(Upper("username"), name="text_pattern_ops"), name="user_username_upper"),
            models.Index(OpClass(Upper("email"), name="text_pattern_ops"), name="user_email_upper"),
            models.Index(fields=["username"], opclasses=["text_pattern_ops"], name="user_username_prefix"),
            models.Index(
                Lower(models.Func("email", models.Value("@"), models.Value(-1), function="split_part")),
                name="user_email_domain",
            ),
            GinIndex(OpClass(Upper("username"), name="gin_trgm_ops"), name="user_username_upper_trgm"),
            GinIndex(OpClass(Upper("email"), name="gin_trgm_ops"), name="user_email_upper_trgm"),
            GinIndex(OpClass(Upper("bio"), name="gin_trgm_ops"), name="user_bio_upper_trgm"),
            GistIndex(fields=["username"], opclasses=["gist_trgm_ops"], name="user_username_trgm"),
        ]

    def __str__(self) -> str:
        return self.username
