"""What the patterns that pick rows of each group must give."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate
from math import ceil

from example_project.catalogue.checking import Noted, Written, case, empty, everything, noted, oracle, refused
from example_project.catalogue.oracles.reading import zone
from example_project.world import World
from example_project.world.rows import Comment, Order, Post


@oracle(219, case(n=1), case(n=1, tz="Pacific/Chatham"), empty(n=0), refused(ValueError, tz="Nowhere/At_all"))
def top_posts_per_category_month(world: World, n: int, tz: str) -> list[Noted]:
    groups: defaultdict[tuple[int | None, datetime], list[Post]] = defaultdict(list)
    for post in world.posts:
        local = post.created_at.astimezone(zone(tz))
        month = datetime(local.year, local.month, 1, tzinfo=zone(tz))
        groups[post.category_id, month].append(post)
    return [
        noted(post, month=month)
        for (_, month), posts in groups.items()
        for post in sorted(posts, key=lambda post: (-post.rating, -post.id))[:n]
    ]


def _an_order(world: World) -> datetime:
    return sorted(order.created_at for order in world.orders)[100]


def _a_moment_before(world: World) -> datetime:
    return _an_order(world) - timedelta(microseconds=1)


@oracle(
    220,
    case(moment=_an_order),
    case(moment=_a_moment_before),
    case(moment=lambda world: world.now),
    empty(moment=lambda world: world.now - timedelta(days=5000)),
)
def orders_as_of(world: World, moment: datetime) -> list[Order]:
    found: list[Order] = []
    for orders in world.orders_of.values():
        past = [order for order in orders if order.created_at <= moment]
        found += sorted(past, key=lambda order: (order.created_at, order.id))[-1:]
    return found


@oracle(221, case(share=0.5), case(share=0.07), empty(share=0), everything(share=1), refused(ValueError, share=1.01))
def top_share_per_category(world: World, share: float) -> list[Post]:
    return [
        post
        for posts in world.posts_in.values()
        for post in sorted(posts, key=lambda post: (-post.views, -post.id))[: ceil(Fraction(str(share)) * len(posts))]
    ]


def _some_views(world: World) -> int:
    return sorted(post.views for post in world.posts)[len(world.posts) // 2]


@oracle(227, case(views=_some_views), case(views=100), case(views=0), empty(views=2_000_000_001))
def first_hit_per_author(world: World, views: int) -> list[Post]:
    found: list[Post] = []
    for posts in world.posts_by.values():
        hits = [post for post in posts if post.views >= views]
        found += sorted(hits, key=lambda post: (post.created_at, post.id))[:1]
    return found


def _sums(world: World) -> list[tuple[Order, Decimal]]:
    ordered = sorted(world.orders, key=lambda order: (order.created_at, order.id))
    return list(zip(ordered, accumulate(order.amount for order in ordered), strict=True))


@oracle(
    259,
    case(limit=lambda world: _sums(world)[40][1]),
    case(limit=lambda world: _sums(world)[40][1] - Decimal("0.01")),
    everything(limit=Decimal(10**11)),
    empty(limit=Decimal(-1)),
)
def orders_within_budget(world: World, limit: Decimal) -> list[Order]:
    return [order for order, spent in _sums(world) if spent <= limit]


@oracle(260)
def drop_repeated_comments(world: World) -> Written:
    copies: defaultdict[tuple[int, int, str], list[Comment]] = defaultdict(list)
    for comment in world.comments:
        copies[comment.post_id, comment.user_id, comment.content].append(comment)
    gone = [
        comment
        for comments in copies.values()
        for comment in sorted(comments, key=lambda comment: (comment.created_at, comment.id))[1:]
    ]
    return Written(len(gone), gone=gone)
