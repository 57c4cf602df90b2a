"""Patterns about how much: bounds, ranges, columns against columns."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import F, QuerySet

from example_project.catalogue import pattern
from example_project.content.models import Post


@pattern(18, "Well rated posts")
def high_rated_posts(rating: float = 4) -> QuerySet[Post]:
    """Posts rated ``rating`` or better."""
    return Post.objects.at_least(rating=rating)


@pattern(47, "Posts rated between")
def posts_rated_between(low: float = 3, high: float = 4) -> QuerySet[Post]:
    """Posts whose rating lies between two numbers, both included; no post where ``low`` is above ``high``."""
    return Post.objects.within(rating=(low, high))


@pattern(48, "Popular posts")
def popular_posts(min_views: int = 100, min_likes: int = 10) -> QuerySet[Post]:
    """Posts that reach both numbers."""
    return Post.objects.at_least(views=min_views, likes=min_likes)


@pattern(49, "More liked than viewed")
def posts_more_liked_than_viewed() -> QuerySet[Post]:
    """Posts with more likes than views: one column against another."""
    return Post.objects.above(likes=F("views"))


@pattern(51, "Posts near a price")
def posts_near_price(target: Decimal = Decimal(50), percent: Decimal = Decimal(10)) -> QuerySet[Post]:
    """Posts whose price is at most ``percent`` per cent away from ``target``; those without a price are out.

    Decimal throughout: 49.50 is within 1 % of 50, which floats cannot promise.
    """
    return Post.objects.within(price=(target * (1 - percent / 100), target * (1 + percent / 100)))


@pattern(53, "Posts by engagement")
def posts_by_engagement_rate(minimum: float = 0.1) -> QuerySet[Post]:
    """Posts with at least ``minimum`` likes a view; posts without views are out. The ratio is ``engagement``."""
    return Post.objects.with_ratio("likes", "views", as_="engagement").at_least(engagement=minimum)
