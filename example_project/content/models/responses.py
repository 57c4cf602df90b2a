"""What users do with each other's posts."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.utils import timezone

from querysets import PatternManager

from .people import User
from .posts import Post


class Comment(models.Model):
    """A comment on a post."""

    post = models.ForeignKey(Post, models.CASCADE, related_name="comments", db_index=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="comments")
    content = models.TextField()
    score = models.IntegerField(null=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)
    search = models.GeneratedField(
        expression=SearchVector("content", config="english"), output_field=SearchVectorField(), db_persist=True
    )

    objects = PatternManager(
        timestamp="created_at",
        active="is_active",
        owner="user",
        body="content",
        search="search",
        rank="score",
    )

    class Meta:
        indexes = [
            models.Index(fields=["post", "-created_at", "-id"], name="comment_post_newest"),
            models.Index(fields=["-created_at", "-id"], name="comment_newest"),
            models.Index(fields=["post"], condition=models.Q(is_active=True), name="comment_post_active"),
            GinIndex(fields=["search"], name="comment_search"),
        ]

    def __str__(self) -> str:
        return self.content


class Reaction(models.Model):
    """A like or its kin; one of each kind a user and post."""

    class Kind(models.TextChoices):
        LIKE = "like"
        LOVE = "love"
        INSIGHTFUL = "insightful"

    post = models.ForeignKey(Post, models.CASCADE, related_name="reactions", db_index=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="reactions")
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.LIKE)
    weight = models.IntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)

    objects = PatternManager(owner="user", rank="weight")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "user", "kind"], name="reaction_once")]

    def __str__(self) -> str:
        return self.kind


class Bookmark(models.Model):
    """A post that a user wants to find again."""

    user = models.ForeignKey(User, models.CASCADE, related_name="bookmarks", db_index=False)
    post = models.ForeignKey(Post, models.CASCADE, related_name="bookmarks")
    created_at = models.DateTimeField(default=timezone.now)

    objects = PatternManager(owner="user")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "post"], name="bookmark_once")]

    def __str__(self) -> str:
        return f"{self.user_id} -> {self.post_id}"
