"""Patterns that take what a request asks for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet

from example_project.catalogue import pattern
from example_project.content.models import Post, User
from querysets import P


@pattern(3, "Users by outside filters")
def dynamic_user_filter(**kwargs: object) -> QuerySet[User]:
    """Users that equal all the given values; nothing given, every user.

    Only the names that the model's manager lists as ``filterable`` are allowed: anything else, ``bio`` or
    ``email__startswith``, is ``FieldNotAllowed``. A list asks for any of its members.
    """
    return User.objects.allowed(kwargs)


@pattern(91, "Posts in an order of one's choice")
def sort_posts(keys: Sequence[str] = ("rating", "newest")) -> QuerySet[Post]:
    """Every post, ordered by keys from a list of three (newest, rating, price), ``-`` reverses; no key, by id.

    Unknown keys are ``FieldNotAllowed``. Posts without a price come last either way, and ids break ties.
    """
    return Post.objects.sorted_by(keys, {"newest": "-created_at", "rating": "rating", "price": "price"})


@pattern(92, "Posts by optional filters")
def filter_posts_optional(status: str | None = None, author_id: int | None = None) -> QuerySet[Post]:
    """Posts of a status, by an author, or both; ``None`` leaves that filter out."""
    return Post.objects.when(status, lambda posts: posts.by(status=status)).when(
        author_id, lambda posts: posts.by(author=author_id)
    )


@pattern(93, "Hot or new")
def hot_or_new_posts(hours: float = 24, rating: float = 4.5, at: datetime | None = None) -> QuerySet[Post]:
    """Posts of the last hours, and posts rated ``rating`` or better.

    As a union: each condition finds its rows by its own index, where an OR over both could use neither.
    """
    return Post.objects.any_of(P.recent(hours, at=at), P.at_least(rating=rating), union=True)
