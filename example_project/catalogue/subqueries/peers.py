"""Patterns by the other rows of a group: its extremes, the row before, the place in it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django.db.models import F, Max, Min, QuerySet

from example_project.catalogue import pattern
from example_project.content.models import Order, Post


@pattern(196, "Posts with the best rating of their category")
def max_rating_subquery() -> QuerySet[Post]:
    """Posts with ``max_category_rating``, the best rating among all posts of the category, whatever the chain keeps."""
    return Post.objects.by(status="published").with_peers("category", over="all", max_category_rating=Max("rating"))


@pattern(222, "Posts above the median of their author")
def posts_above_author_median() -> QuerySet[Post]:
    """Posts viewed more than the median of the author's other posts; an only post is left out."""
    return Post.objects.above_peers("views", per="author", stat="median", leave_one_out=True)


@pattern(223, "Posts with their distance to the best")
def posts_with_gap_to_best() -> QuerySet[Post]:
    """Posts with ``behind``: how far their rating is below the ``best`` of their category, 0 for the best itself."""
    return Post.objects.with_peers("category", best=Max("rating")).with_expr(behind=F("best") - F("rating"))


@pattern(225, "Posts after a pause")
def posts_after_pause(pause: timedelta = timedelta(days=14)) -> QuerySet[Post]:
    """Posts more than ``pause`` after the author's previous one, with the time between as ``gap``; no first posts."""
    return Post.objects.with_change("created_at", per="author", as_="gap").above(gap=pause)


@pattern(229, "Orders with their number")
def orders_with_number(status: str = "paid") -> QuerySet[Order]:
    """Orders of a status with ``number``: 1 for the user's first order of any status, 2 for the second."""
    return Order.objects.by(status=status).with_rank("created_at", per="user", method="row", over="all", as_="number")


@pattern(236, "Posts with scaled views")
def posts_with_scaled_views() -> QuerySet[Post]:
    """Posts with ``scaled``: 0 for the least viewed of the category, 1 for the most; NULL where all are equal."""
    ends = Post.objects.with_peers("category", low=Min("views"), high=Max("views"))
    return ends.with_ratio(F("views") - F("low"), F("high") - F("low"), as_="scaled")


@pattern(241, "Orders that come too fast")
def orders_over_velocity(limit: Decimal = Decimal(100), hours: float = 24) -> QuerySet[Order]:
    """Orders with ``recent`` above the limit: what the user ordered in that currency in the hours up to each.

    Both ends are included, and cancelled orders do not count.
    """
    orders = Order.objects.excluding(status="cancelled")
    sums = orders.with_moving("amount", span=timedelta(hours=hours), func="sum", per=("user", "currency"), as_="recent")
    return sums.above(recent=limit)
