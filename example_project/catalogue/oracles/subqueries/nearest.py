"""What the patterns by one related row must give."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import TypeVar

from example_project.catalogue.checking import Noted, case, empty, noted, oracle, refused
from example_project.world import World
from example_project.world.rows import Comment, Order, Post, User

R = TypeVar("R", Comment, Order, Post)
V = TypeVar("V", int, str)


def _latest(rows: Iterable[R]) -> R | None:
    return max(rows, key=lambda row: (row.created_at, row.id), default=None)


def _earliest(rows: Iterable[R]) -> R | None:
    return min(rows, key=lambda row: (row.created_at, row.id), default=None)


def _best(posts: Iterable[Post]) -> Post | None:
    return max(posts, key=lambda post: (post.rating, post.id), default=None)


@oracle(181)
def posts_with_latest_comment(world: World) -> list[Noted]:
    return [
        noted(post, comments_content=last.content if (last := _latest(world.comments_of[post.id])) else None)
        for post in world.posts
    ]


@oracle(184)
def users_with_top_post(world: World) -> list[Noted]:
    return [
        noted(user, posts_title=best.title if (best := _best(world.posts_by[user.id])) else None)
        for user in world.users
    ]


@oracle(188)
def users_with_last_order(world: World) -> list[Noted]:
    return [
        noted(user, orders_amount=last.amount if (last := _latest(world.orders_of[user.id])) else None)
        for user in world.users
    ]


def _mode(values: Iterable[V]) -> V | None:
    """The most frequent value, of several the smallest."""
    counts = Counter(values)
    return min(counts, key=lambda value: (-counts[value], value), default=None)


@oracle(191)
def posts_with_top_commenter(world: World) -> list[Noted]:
    return [
        noted(post, top_commenter=_mode(comment.user_id for comment in world.comments_of[post.id]))
        for post in world.posts
    ]


@oracle(193)
def users_with_top_comment(world: World) -> list[Noted]:
    def quality(comment: Comment) -> tuple[bool, int, int]:
        return comment.score is not None, comment.score or 0, comment.id

    found = []
    for user in world.users:
        post = _best(world.posts_by[user.id])
        comment = max(world.comments_of[post.id], key=quality, default=None) if post else None
        found.append(noted(user, top_post=post.id if post else None, top_comment=comment.content if comment else None))
    return found


@oracle(197)
def posts_with_first_reply_delay(world: World) -> list[Noted]:
    found = []
    for post in world.posts:
        first = _earliest(comment for comment in world.comments_of[post.id] if comment.user_id != post.author_id)
        moment = first.created_at if first else None
        found.append(noted(post, replied_at=moment, delay=moment - post.created_at if moment else None))
    return found


@oracle(198)
def posts_with_latest_active_comment(world: World) -> list[Noted]:
    found = []
    for post in world.posts:
        last = _latest(comment for comment in world.comments_of[post.id] if comment.is_active)
        found.append(
            noted(
                post,
                last_id=last.id if last else None,
                last_content=last.content if last else None,
                last_user_username=world.user(last.user_id).username if last else None,
            )
        )
    return found


@oracle(199, case(n=1), case(n=3), case(n=5), case(n=40), refused(ValueError, n=0), refused(ValueError, n=-1))
def users_with_nth_post(world: World, n: int) -> list[Noted]:
    def title(user: User) -> str | None:
        posts = sorted(world.posts_by[user.id], key=lambda post: (post.created_at, post.id))
        return posts[n - 1].title if len(posts) >= n else None

    return [noted(user, nth_title=title(user)) for user in world.users]


@oracle(200, case(status="new"), case(status="cancelled"), empty(status="lost"))
def users_whose_last_order(world: World, status: str) -> list[User]:
    return [
        user
        for user in world.users
        if (last := _latest(world.orders_of[user.id])) is not None and last.status == status
    ]


@oracle(202)
def users_with_favourite_category(world: World) -> list[Noted]:
    def names(user: User) -> list[str]:
        return [world.category(post.category_id).name for post in world.posts_by[user.id] if post.category_id]

    return [noted(user, favourite=_mode(names(user))) for user in world.users]


@oracle(211)
def posts_with_last_known_price(world: World) -> list[Noted]:
    def price(post: Post) -> Decimal | None:
        place = post.created_at, post.id
        priced = (each for each in world.posts_by[post.author_id] if each.price is not None)
        last = _latest(each for each in priced if (each.created_at, each.id) <= place)
        return last.price if last else None

    return [noted(post, known_price=price(post)) for post in world.posts]


@oracle(217)
def posts_opened_by_author(world: World) -> list[Post]:
    return [
        post
        for post in world.posts
        if (first := _earliest(world.comments_of[post.id])) is not None and first.user_id == post.author_id
    ]


@oracle(224)
def posts_with_next_by_others(world: World) -> list[Noted]:
    def following(post: Post) -> int | None:
        others = (each for each in world.posts_in[post.category_id] if each.author_id != post.author_id)
        later = _earliest(each for each in others if each.created_at > post.created_at)
        return later.id if later and post.category_id else None

    return [noted(post, next_by_other=following(post)) for post in world.posts]


@oracle(228)
def orders_in_euro(world: World) -> list[Noted]:
    def rate(order: Order) -> Decimal | None:
        held = [
            (each.valid_from, each.rate)
            for each in world.rates
            if each.currency == order.currency and each.valid_from <= order.created_at
        ]
        return max(held)[1] if held else None

    def euro(amount: Decimal, rate: Decimal | None) -> Decimal | None:
        return None if rate is None else (amount * rate).quantize(Decimal("0.01"), ROUND_HALF_UP)

    return [noted(order, euro=euro(order.amount, rate(order))) for order in world.orders]
