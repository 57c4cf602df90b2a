"""What the patterns on days, weeks and months must give: the local date decides, not a span of hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from example_project.catalogue.checking import case, empty, oracle, refused
from example_project.catalogue.oracles.reading import day, zone
from example_project.world import World
from example_project.world.rows import Comment, Post


@oracle(23, case(year=2026), case(year=2025), empty(year=1999), refused(ValueError, year=0))
def posts_by_year(world: World, year: int) -> list[Post]:
    return [post for post in world.posts if day(post.created_at).year == year]


@oracle(
    32,
    case(year=2025, month=12),
    case(year=2024, month=2),
    empty(year=2023, month=2),
    refused(ValueError, month=0),
    refused(ValueError, month=13),
)
def posts_by_month(world: World, year: int, month: int) -> list[Post]:
    return [post for post in world.posts if (day(post.created_at).year, day(post.created_at).month) == (year, month)]


@oracle(34, case(day=lambda world: (world.now - timedelta(days=5)).date()), empty(day=date(2020, 1, 1)))
def comments_by_date(world: World, day: date) -> list[Comment]:
    return [comment for comment in world.comments if comment.created_at.astimezone(zone(None)).date() == day]


@oracle(
    54,
    case(day=date(2026, 3, 8)),
    case(tz="UTC"),
    case(day=date(2026, 1, 1), tz="Pacific/Auckland"),
    case(day=date(2025, 10, 26), tz="Europe/Paris"),
    case(day=date(2026, 1, 1), tz="Asia/Kolkata"),
    empty(day=date(2020, 1, 1)),
    refused(ValueError, tz="Europe/Nowhere"),
)
def posts_on_day(world: World, day: date, tz: str) -> list[Post]:
    return [post for post in world.posts if post.created_at.astimezone(zone(tz)).date() == day]


@oracle(
    55,
    case(tz="Asia/Tokyo"),
    case(tz="America/New_York"),
    case(tz="America/New_York", at=datetime(2025, 11, 2, 12, tzinfo=UTC)),
    case(tz="Pacific/Auckland", at=datetime(2025, 12, 31, 12, tzinfo=UTC)),
)
def posts_today(world: World, tz: str | None, at: datetime) -> list[Post]:
    return [post for post in world.posts if day(post.created_at, tz) == day(at, tz)]


@oracle(
    56,
    case(week_start=7),
    case(week_start=3),
    case(at=datetime(2025, 1, 5, 23, 59, tzinfo=UTC)),
    case(week_start=7, at=datetime(2026, 1, 1, tzinfo=UTC)),
    refused(ValueError, week_start=0),
    refused(ValueError, week_start=8),
)
def posts_this_week(world: World, week_start: int, at: datetime) -> list[Post]:
    def first(moment: datetime) -> date:
        """The day on which the week of a moment began."""
        found = day(moment)
        while found.isoweekday() != week_start:
            found -= timedelta(days=1)
        return found

    return [post for post in world.posts if first(post.created_at) == first(at)]


@oracle(57, case(at=datetime(2026, 1, 31, tzinfo=UTC)), case(at=datetime(2024, 3, 30, tzinfo=UTC)))
def posts_last_month(world: World, at: datetime) -> list[Post]:
    last = day(at).replace(day=1) - timedelta(days=1)
    return [post for post in world.posts if day(post.created_at).replace(day=1) == last.replace(day=1)]


@oracle(
    58,
    case(days=1),
    case(days=30),
    case(days=2, at=datetime(2026, 1, 1, 1, tzinfo=UTC)),
    empty(days=0),
    refused(ValueError, days=-1),
)
def posts_last_calendar_days(world: World, days: int, at: datetime) -> list[Post]:
    first = day(at) - timedelta(days=days - 1)
    return [post for post in world.posts if first <= day(post.created_at) <= day(at)]


@oracle(
    59,
    case(year=2025, quarter=2),
    case(year=2025, quarter=4),
    case(year=2026, quarter=1),
    refused(ValueError, quarter=0),
    refused(ValueError, quarter=5),
)
def posts_by_quarter(world: World, year: int, quarter: int) -> list[Post]:
    days = ((post, day(post.created_at)) for post in world.posts)
    return [post for post, found in days if (found.year, (found.month + 2) // 3) == (year, quarter)]


@oracle(
    60,
    case(year=2020, week=53),
    case(year=2026, week=1),
    empty(year=2010, week=1),
    refused(ValueError, year=2025, week=53),
    refused(ValueError, week=0),
)
def posts_by_iso_week(world: World, year: int, week: int) -> list[Post]:
    return [post for post in world.posts if day(post.created_at).isocalendar()[:2] == (year, week)]


@oracle(
    61,
    case(year=2025),
    case(year=2025, start_month=1),
    case(year=2025, start_month=12),
    case(year=2025, start_month=3),
    refused(ValueError, start_month=13),
    refused(ValueError, start_month=0),
)
def posts_in_fiscal_year(world: World, year: int, start_month: int) -> list[Post]:
    days = ((post, day(post.created_at)) for post in world.posts)
    return [post for post, found in days if found.year - (found.month < start_month) == year]


@oracle(64, case(tz="UTC"), case(tz="Asia/Tokyo"), refused(ValueError, tz="Weekend"))
def weekend_posts(world: World, tz: str) -> list[Post]:
    return [post for post in world.posts if day(post.created_at, tz).isoweekday() in {6, 7}]


@oracle(65, case(tz="UTC"), case(tz="Asia/Kolkata"))
def business_hours_posts(world: World, tz: str) -> list[Post]:
    local = ((post, post.created_at.astimezone(zone(tz))) for post in world.posts)
    return [post for post, moment in local if moment.isoweekday() <= 5 and 9 <= moment.hour < 17]
