"""What the patterns by other rows and by fields that differ must give."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from decimal import Decimal
from typing import Any

from example_project.catalogue.checking import case, empty, everything, oracle, refused
from example_project.world import World
from example_project.world.rows import Category, Comment, Order, Post, User


def _comment_at(world: World) -> datetime:
    """The moment of the last comment on some post."""
    return max(comment.created_at for comment in world.comments_of[world.planted("late-comments").id])


@oracle(201, case(moment=_comment_at), case(moment=lambda world: world.now))
def posts_silent_since(world: World, moment: datetime) -> list[Post]:
    return [post for post in world.posts if all(comment.created_at < moment for comment in world.comments_of[post.id])]


@oracle(209)
def posts_double_booked(world: World) -> list[Post]:
    def run(post: Post) -> tuple[datetime, datetime] | None:
        start, end = post.start_time, post.end_time
        return (start, end) if start and end and start < end else None

    def meet(one: Post, other: Post) -> bool:
        runs = run(one), run(other)
        return bool(runs[0] and runs[1] and max(runs[0][0], runs[1][0]) < min(runs[0][1], runs[1][1]))

    return [
        post
        for post in world.posts
        if any(other.id != post.id and meet(post, other) for other in world.posts_by[post.author_id])
    ]


@oracle(210)
def posts_unanswered_by_author(world: World) -> list[Post]:
    def commenters(post: Post) -> set[int]:
        return {comment.user_id for comment in world.comments_of[post.id]}

    return [post for post in world.posts if (found := commenters(post)) and post.author_id not in found]


@oracle(213, case(limit=Decimal("99.99")), case(limit=Decimal("100.01")), everything(limit=Decimal(10) ** 10))
def users_without_large_orders(world: World, limit: Decimal) -> list[User]:
    return [user for user in world.users if all(order.amount <= limit for order in world.orders_of[user.id])]


def _by_name(name: str) -> Any:
    return lambda world: next(user.id for user in world.users if user.username == name)


@oracle(
    214, case(user_id=_by_name("engaged")), case(user_id=_by_name("comments.only")), case(user_id=_by_name("neither"))
)
def users_covering_interests(world: World, user_id: int) -> list[User]:
    interests: dict[int, set[int]] = {user.id: set() for user in world.users}
    for comment in world.comments:
        if (category := world.post(comment.post_id).category_id) is not None:
            interests[comment.user_id].add(category)
    return [user for user in world.users if user.id != user_id and interests[user_id] <= interests[user.id]]


def _order_at(world: World) -> datetime:
    """A moment of an order."""
    return max(order.created_at for order in world.orders if order.status != "cancelled")


@oracle(215, case(since=_order_at), case(since=lambda world: world.now))
def lapsed_users(world: World, since: datetime) -> list[User]:
    def kept(user: User) -> list[Order]:
        return [order for order in world.orders_of[user.id] if order.status != "cancelled"]

    return [
        user for user in world.users if (orders := kept(user)) and all(order.created_at < since for order in orders)
    ]


@oracle(
    216,
    case(low=2, high=2),
    case(low=1, high=100),
    case(low=0, high=0),
    empty(low=3, high=2),
    everything(low=0, high=10_000),
    refused(ValueError, low=-1),
)
def categories_sized(world: World, low: int, high: int) -> list[Category]:
    return [category for category in world.categories if low <= len(world.posts_in[category.id]) <= high]


@oracle(218)
def users_in_dialogue(world: World) -> list[User]:
    said = {(comment.user_id, world.post(comment.post_id).author_id) for comment in world.comments}
    talking = {one for one, other in said if one != other and (other, one) in said}
    return [user for user in world.users if user.id in talking]


@oracle(243)
def posts_where_dates_differ(world: World) -> list[Post]:
    return [post for post in world.posts if post.published_at != post.start_time]


@oracle(244)
def posts_not_archived(world: World) -> list[Post]:
    archived = {post.slug for post in world.archived_posts}
    return [post for post in world.posts if post.slug not in archived]


@oracle(245)
def posts_outdated_in_archive(world: World) -> list[Post]:
    archived = {post.slug: (post.title, post.content) for post in world.archived_posts}
    return [post for post in world.posts if post.slug in archived and archived[post.slug] != (post.title, post.content)]


@oracle(246)
def comments_by_bookmarkers(world: World) -> list[Comment]:
    kept = {(bookmark.post_id, bookmark.user_id) for bookmark in world.bookmarks}
    return [comment for comment in world.comments if (comment.post_id, comment.user_id) in kept]


@oracle(247, ordered=True)
def bookmarks_to_offer(world: World) -> list[dict[str, int]]:
    kept = {(bookmark.user_id, bookmark.post_id) for bookmark in world.bookmarks}
    said = Counter((comment.user_id, comment.post_id) for comment in world.comments)
    return [
        {"user": user, "post": post, "count": count}
        for (user, post), count in sorted(said.items())
        if count >= 2 and (user, post) not in kept
    ]
