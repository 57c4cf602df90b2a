"""Patterns by aggregates of related rows, of relations of relations, and of rows that a queryset chooses."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from django.db.models import Avg, Count, F, Max, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from example_project.catalogue import pattern
from example_project.content.models import Category, Post, User
from querysets import P, Percentile


@pattern(186, "Users with their number of posts")
def users_with_post_count() -> QuerySet[User]:
    """Users with ``post_count``, 0 for those without posts."""
    return User.objects.with_rollup("posts", post_count=Count("*"))


@pattern(204, "Users with their revenue")
def users_with_revenue(since: datetime = datetime(2026, 2, 1, tzinfo=UTC), currency: str = "EUR") -> QuerySet[User]:
    """Users with ``revenue``: what they have paid since a moment, itself included, in one currency; 0 for nothing."""
    paid = P.by(status=["paid", "shipped"], currency=currency) & P.at_least(paid_at=since)
    return User.objects.with_rollup("orders", paid, empty=0, revenue=Sum("amount"))


@pattern(205, "Posts with the spread of their scores")
def posts_with_score_spread() -> QuerySet[Post]:
    """Posts with ``low``, ``high`` and ``mean`` of the scores of their comments; NULL where none has a score."""
    low = Post.objects.with_min("comments__score", as_="low")
    return low.with_max("comments__score", as_="high").with_avg("comments__score", as_="mean")


@pattern(206, "Users with the size of their audience")
def users_with_audience_size() -> QuerySet[User]:
    """Users with ``audience``: how many others have commented on a post of theirs, each counted once."""
    return User.objects.with_count("posts__comments", ~P.by(user=OuterRef("pk")), distinct="user", as_="audience")


@pattern(207, "Categories with their median rating")
def categories_with_median_rating() -> QuerySet[Category]:
    """Categories with ``median`` of the ratings of their posts, between two the middle; NULL without posts."""
    return Category.objects.with_rollup("posts", median=Percentile("rating", 0.5))


@pattern(208, "Categories with their share of the posts")
def categories_with_share() -> QuerySet[Category]:
    """Categories with ``n`` posts and their ``share`` of all posts, of any category or none; NULL for none."""
    total = Post.objects.order_by().values(every=Value(1)).annotate(total=Count("*")).values("total")
    return Category.objects.with_count("posts", as_="n").with_ratio("n", Subquery(total), as_="share")


@pattern(212, "Users who spent at least so much")
def users_spending_at_least(amount: Decimal = Decimal(100), currency: str = "EUR") -> QuerySet[User]:
    """Users with ``spent`` in paid and shipped orders of a currency, ``amount`` or more; who bought nothing has 0."""
    bought = P.by(status=["paid", "shipped"], currency=currency)
    return User.objects.with_sum("orders__amount", bought, as_="spent").at_least(spent=amount)


@pattern(226, "Users with their longest pause")
def users_with_longest_pause() -> QuerySet[User]:
    """Users with ``longest_pause`` between two posts in a row; NULL for those with fewer than two."""
    pauses = Post.objects.with_change("created_at", per="author", as_="pause")
    return User.objects.with_rollup(pauses, longest_pause=Max("pause"))


@pattern(240, "Users with a fair rating")
def users_with_bayesian_rating(weight: float = 5) -> QuerySet[User]:
    """Users with ``fair``: the mean rating of their ``n`` posts, as if ``weight`` average ones were among them.

    Who has no posts is average; without any post at all it is NULL. A weight of 0 or less is a ``ValueError``.
    """
    if weight <= 0:
        raise ValueError(f"weight must be above 0, got {weight}")
    every = Post.objects.order_by().values(every=Value(1)).annotate(mean=Avg("rating")).values("mean")
    fair = (weight * Subquery(every) + Coalesce(F("total"), 0.0)) / (weight + F("n"))
    return User.objects.with_rollup("posts", n=Count("*"), total=Sum("rating")).with_expr(fair=fair)
