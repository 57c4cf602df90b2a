"""What the patterns by the other rows of a group must give."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import median

from example_project.catalogue.checking import Noted, case, empty, noted, oracle, refused
from example_project.world import World
from example_project.world.rows import Order, Post


@oracle(196)
def max_rating_subquery(world: World) -> list[Noted]:
    best = {category: max(post.rating for post in posts) for category, posts in world.posts_in.items() if posts}
    return [
        noted(post, max_category_rating=best[post.category_id]) for post in world.posts if post.status == "published"
    ]


@oracle(222)
def posts_above_author_median(world: World) -> list[Post]:
    found: list[Post] = []
    for posts in world.posts_by.values():
        for post in posts:
            others = [other.views for other in posts if other is not post]
            if others and post.views > median(others):
                found.append(post)
    return found


@oracle(223)
def posts_with_gap_to_best(world: World) -> list[Noted]:
    best = {category: max(post.rating for post in posts) for category, posts in world.posts_in.items() if posts}
    return [
        noted(post, best=best[post.category_id], behind=best[post.category_id] - post.rating) for post in world.posts
    ]


def _gaps(world: World) -> list[tuple[Post, timedelta]]:
    """Every post that has one of its author before it, and the time between."""
    found: list[tuple[Post, timedelta]] = []
    for posts in world.posts_by.values():
        ordered = sorted(posts, key=lambda post: (post.created_at, post.id))
        found += [(post, post.created_at - before.created_at) for before, post in pairwise(ordered)]
    return found


def _a_gap(world: World) -> timedelta:
    gaps = sorted({gap for _, gap in _gaps(world)})
    return gaps[len(gaps) // 2]


@oracle(225, case(pause=_a_gap), case(pause=timedelta(0)), empty(pause=timedelta(days=10_000)))
def posts_after_pause(world: World, pause: timedelta) -> list[Noted]:
    return [noted(post, gap=gap) for post, gap in _gaps(world) if gap > pause]


@oracle(229, case(status="new"), empty(status="lost"))
def orders_with_number(world: World, status: str) -> list[Noted]:
    found: list[Noted] = []
    for orders in world.orders_of.values():
        ordered = sorted(orders, key=lambda order: (order.created_at, order.id))
        found += [noted(order, number=place) for place, order in enumerate(ordered, 1) if order.status == status]
    return found


@oracle(236)
def posts_with_scaled_views(world: World) -> list[Noted]:
    found: list[Noted] = []
    for posts in world.posts_in.values():
        low, high = min(post.views for post in posts), max(post.views for post in posts)
        found += [
            noted(post, low=low, high=high, scaled=(post.views - low) / (high - low) if high > low else None)
            for post in posts
        ]
    return found


def _recent(world: World, order: Order, hours: float) -> Decimal:
    since: datetime = order.created_at - timedelta(hours=hours)
    mates = [other for other in world.orders_of[order.user_id] if other.currency == order.currency]
    counted = [
        other for other in mates if other.status != "cancelled" and since <= other.created_at <= order.created_at
    ]
    return sum((other.amount for other in counted), Decimal(0))


def _a_sum(world: World) -> Decimal:
    """What some order comes to with others."""
    sums = {_recent(world, order, 24) for order in world.orders if _recent(world, order, 24) > order.amount > 0}
    return min(sums)


def _apart(world: World) -> float:
    """The hours between two orders of one user in one currency."""
    apart = {
        later.created_at - earlier.created_at
        for orders in world.orders_of.values()
        for earlier in orders
        for later in orders
        if earlier.currency == later.currency and earlier.created_at < later.created_at
        if "cancelled" not in {earlier.status, later.status}
    }
    return sorted(apart)[len(apart) // 2] / timedelta(hours=1)


@oracle(
    241,
    case(limit=_a_sum),
    case(limit=Decimal(0), hours=_apart),
    case(hours=24 * 30),
    empty(limit=Decimal(10**11)),
    refused(ValueError, hours=0),
)
def orders_over_velocity(world: World, limit: Decimal, hours: float) -> list[Noted]:
    live = [order for order in world.orders if order.status != "cancelled"]
    return [noted(order, recent=recent) for order in live if (recent := _recent(world, order, hours)) > limit]
