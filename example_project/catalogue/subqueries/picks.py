"""Patterns that pick rows of each group, and as many as fit."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from django.db.models import QuerySet

from example_project.catalogue import pattern
from example_project.content.models import Comment, Order, Post


@pattern(219, "The best of each category and month")
def top_posts_per_category_month(n: int = 2, tz: str = "America/New_York") -> QuerySet[Post]:
    """The ``n`` best rated posts of each category and local month, exactly ``n`` even on ties: the highest ids."""
    monthly = Post.objects.with_local("created_at", "month", tz, as_="month")
    return monthly.top_per(("category", "month"), n, by="-rating")


@pattern(220, "Orders as of a moment")
def orders_as_of(moment: datetime = datetime(2025, 9, 1, tzinfo=UTC)) -> QuerySet[Order]:
    """Each user's newest order at or before a moment; of several at once, the one of highest id."""
    return Order.objects.at_most(created_at=moment).latest_per("user")


@pattern(221, "The most viewed share of each category")
def top_share_per_category(share: float = 0.1) -> QuerySet[Post]:
    """The most viewed fraction of each category, 0 to 1, rounded up to whole posts; ties by the highest id."""
    return Post.objects.top_per("category", by="-views", share=share)


@pattern(227, "Each author's first hit")
def first_hit_per_author(views: int = 500) -> QuerySet[Post]:
    """Each author's earliest post with so many views or more; of several at once, the one of lowest id."""
    return Post.objects.at_least(views=views).top_per("author", by="created_at")


@pattern(259, "Orders within a budget")
def orders_within_budget(limit: Decimal = Decimal(1000)) -> QuerySet[Order]:
    """The first orders, by time and id, whose amounts add up to the limit at most; none behind the first too many."""
    return Order.objects.within_budget("amount", limit, by=("created_at", "id"))


@pattern(260, "Drop repeated comments")
def drop_repeated_comments() -> int:
    """Deletes all but the oldest of comments of one user on one post with the same content; how many."""
    return Comment.objects.superseded(("post", "user", "content"), by="created_at").delete()[0]
