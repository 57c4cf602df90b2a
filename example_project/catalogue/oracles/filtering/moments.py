"""What the patterns on moments and spans must give."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from example_project.catalogue.checking import case, empty, oracle, refused
from example_project.catalogue.oracles.reading import age, ago, birthday
from example_project.world import World
from example_project.world.rows import Comment, Post, User


@oracle(
    4,
    case(start=ago(hours=24), end=ago()),
    case(start=ago(days=30), end=ago(hours=1)),
    empty(start=ago(), end=ago()),
    empty(start=ago(), end=ago(hours=24)),
    refused(ValueError, start=datetime(2026, 1, 1)),  # noqa: DTZ001 (naive on purpose)
)
def posts_in_range(world: World, start: datetime, end: datetime) -> list[Post]:
    return [post for post in world.posts if start <= post.created_at < end]


@oracle(11, case(hours=0), case(hours=1), case(hours=0.5), case(hours=168), refused(ValueError, hours=-1))
def recent_posts(world: World, hours: float, at: datetime) -> list[Post]:
    return [post for post in world.posts if at - timedelta(hours=hours) <= post.created_at <= at]


@oracle(
    29,
    case(age=18),
    case(age=65),
    case(age=0),
    case(age=30, on=date(2026, 2, 28)),
    case(age=30, on=date(2026, 3, 1)),
    case(age=20, on=date(2024, 2, 29)),
    empty(age=150),
)
def old_users(world: World, age: int, on: date) -> list[User]:
    return _aged(world, on, age, None)


@oracle(50, case(grace_minutes=0), case(grace_minutes=30), case(grace_minutes=60))
def posts_edited_after_publishing(world: World, grace_minutes: float) -> list[Post]:
    grace = timedelta(minutes=grace_minutes)
    return [post for post in world.posts if post.published_at and post.updated_at > post.published_at + grace]


@oracle(62, case(days=30), case(days=365), case(days=1.5), case(days=0))
def posts_older_than(world: World, days: float, at: datetime) -> list[Post]:
    return [post for post in world.posts if post.created_at < at - timedelta(days=days)]


@oracle(63, case(moment=ago()), case(moment=ago(hours=24)), empty(moment=ago(days=-1000)))
def posts_since(world: World, moment: datetime) -> list[Post]:
    return [post for post in world.posts if post.created_at >= moment]


@oracle(66, case(at=ago(days=1)), case(at=ago(days=100)), empty(at=ago(days=5000)))
def live_posts(world: World, at: datetime) -> list[Post]:
    return [
        post
        for post in world.posts
        if post.published_at and post.published_at <= at and (post.expires_at is None or at < post.expires_at)
    ]


@oracle(67, case(hours=1), case(hours=168), case(hours=timedelta(hours=1, microseconds=1)), empty(hours=0))
def posts_expiring_within(world: World, hours: float | timedelta, at: datetime) -> list[Post]:
    span = hours if isinstance(hours, timedelta) else timedelta(hours=hours)
    return [post for post in world.posts if post.expires_at and at < post.expires_at <= at + span]


@oracle(
    68,
    case(start=ago(days=1), end=ago()),
    case(start=ago(), end=ago(hours=-1)),
    empty(start=ago(), end=ago(days=1)),
    empty(start=ago(days=1), end=ago(days=1)),
)
def posts_overlapping(world: World, start: datetime, end: datetime) -> list[Post]:
    """Those for which the later of the two beginnings is before the earlier of the two ends."""
    begun = ((post, max(post.start_time, start)) for post in world.posts if post.start_time)
    return [post for post, first in begun if first < min(post.end_time or end, end)]


@oracle(
    69,
    case(days=0),
    case(days=30),
    case(days=2, on=date(2025, 12, 30)),
    case(days=1, on=date(2025, 12, 31)),
    case(days=0, on=date(2026, 2, 28)),
    case(days=0, on=date(2026, 3, 1)),
    case(days=0, on=date(2024, 2, 29)),
    case(days=400),
    refused(ValueError, days=-1),
)
def users_with_upcoming_birthday(world: World, days: int, on: date) -> list[User]:
    last = on + timedelta(days=days)
    years = range(on.year, last.year + 1)
    return [user for user in world.users if user.dob and any(on <= birthday(user.dob, year) <= last for year in years)]


@oracle(
    70,
    case(low=18, high=18),
    case(low=18, high=29),
    case(low=65, high=150),
    case(low=0, high=0),
    empty(low=30, high=18),
)
def users_aged_between(world: World, low: int, high: int, on: date) -> list[User]:
    return _aged(world, on, low, high)


def _aged(world: World, on: date, low: int, high: int | None) -> list[User]:
    """Who has completed so many years; who is not born yet has not completed any."""
    born = ((user, user.dob) for user in world.users if user.dob and user.dob <= on)
    ages = ((user, age(dob, on)) for user, dob in born)
    return [user for user, years in ages if low <= years and (high is None or years <= high)]


@oracle(71, case(days=30), case(days=180))
def stale_active_posts(world: World, days: float, at: datetime) -> list[Post]:
    return [post for post in world.posts if post.is_active and post.updated_at < at - timedelta(days=days)]


@oracle(72, case(days=7), case(days=30), case(days=365))
def dormant_users(world: World, days: float, at: datetime) -> list[User]:
    since = at - timedelta(days=days)
    return [user for user in world.users if user.last_seen_at is None or user.last_seen_at < since]


@oracle(89, case(days=1), case(days=30), case(days=0))
def late_comments(world: World, days: float) -> list[Comment]:
    written = ((comment, world.post(comment.post_id).created_at) for comment in world.comments)
    return [comment for comment, post in written if comment.created_at > post + timedelta(days=days)]
