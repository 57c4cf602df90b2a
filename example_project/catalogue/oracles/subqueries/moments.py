"""What the patterns about the moments of one row must give."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from example_project.catalogue.checking import Noted, case, everything, noted, oracle, refused
from example_project.catalogue.oracles.reading import age, day
from example_project.world import World
from example_project.world.rows import Comment, Order, Post


@oracle(183)
def posts_with_duration(world: World) -> list[Noted]:
    def duration(start: datetime | None, end: datetime | None) -> timedelta | None:
        return end - start if start and end else None

    return [noted(post, duration=duration(post.start_time, post.end_time)) for post in world.posts]


@oracle(
    189,
    case(on=date(2026, 2, 28)),
    case(on=date(2026, 3, 1)),
    case(on=date(2024, 2, 29)),
    case(on=date(2004, 2, 28)),
    everything(on=date(1899, 12, 31)),
)
def users_with_age(world: World, on: date) -> list[Noted]:
    def years(born: date | None) -> int | None:
        return age(born, on) if born and born <= on else None

    return [noted(user, age=years(user.dob)) for user in world.users]


@oracle(230)
def comments_before_publication(world: World) -> list[Comment]:
    published = {post.id: post.published_at for post in world.posts}
    return [
        comment
        for comment in world.comments
        if (moment := published[comment.post_id]) is None or comment.created_at < moment
    ]


@oracle(231, case(limit=timedelta(days=30)), case(limit=timedelta(days=50)), case(limit=timedelta()))
def orders_paid_late(world: World, limit: timedelta, at: datetime) -> list[Order]:
    def is_late(order: Order) -> bool:
        return order.status != "cancelled" and (order.paid_at or at) - order.created_at > limit

    return [order for order in world.orders if is_late(order)]


@oracle(237, case(tz="Asia/Kolkata"), case(tz="America/New_York"), case(tz="Pacific/Chatham"))
def orders_with_payment_workdays(world: World, tz: str) -> list[Noted]:
    def workdays(order: Order) -> int | None:
        if order.paid_at is None:
            return None
        first, last = day(order.created_at, tz), day(order.paid_at, tz)
        passed = (first + timedelta(days=number) for number in range(1, (last - first).days + 1))
        return sum(each.weekday() < 5 for each in passed)

    return [noted(order, workdays=workdays(order)) for order in world.orders]


@oracle(
    239,
    case(half_life_hours=0.5),
    case(half_life_hours=24 * 365),
    refused(ValueError, half_life_hours=0),
    refused(ValueError, half_life_hours=-1),
    ordered=True,
)
def hot_posts(world: World, half_life_hours: float, at: datetime) -> list[Noted]:
    def heat(post: Post) -> float:
        halvings = (at - post.created_at) / timedelta(hours=half_life_hours)
        return post.score * 0.5 ** min(max(halvings, 0), 500)

    hottest = sorted(world.posts, key=lambda post: (heat(post), post.id), reverse=True)
    return [noted(post, heat=heat(post)) for post in hottest]
