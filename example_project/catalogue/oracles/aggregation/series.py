"""What the patterns that count and sum over time must give."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from example_project.catalogue.checking import case, empty, oracle, refused
from example_project.catalogue.oracles.reading import day, zone
from example_project.world import World

Rows = list[dict[str, Any]]


def _at(first: date, tz: str | None = None) -> datetime:
    """The midnight that a day begins with, in UTC: clocks of one zone show some moments twice."""
    return datetime.combine(first, time(), zone(tz)).astimezone(UTC)


def _month(of: date, later: int = 0) -> date:
    years, month = divmod(of.month - 1 + later, 12)
    return date(of.year + years, month + 1, 1)


def _counted(name: str, keys: Iterable[Any]) -> Rows:
    return [{name: key, "count": count} for key, count in sorted(Counter(keys).items())]


def _by_day(moments: Iterable[datetime], first: Callable[[date], date], tz: str | None = None) -> Rows:
    return _counted("period", (_at(first(day(moment, tz)), tz) for moment in moments))


def _running(rows: Rows, name: str) -> Rows:
    total = 0
    return [{**row, name: (total := total + row["count"])} for row in rows]


@oracle(102, ordered=True)
def monthly_post_counts(world: World) -> Rows:
    return _by_day((post.created_at for post in world.posts), _month)


@oracle(109, ordered=True)
def daily_post_counts(world: World) -> Rows:
    return _by_day((post.created_at for post in world.posts), lambda of: of)


@oracle(122, ordered=True)
def hourly_post_counts(world: World) -> Rows:
    hours = (post.created_at.astimezone(UTC).replace(minute=0, second=0, microsecond=0) for post in world.posts)
    return _counted("period", hours)


@oracle(145, ordered=True)
def author_streaks(world: World) -> Rows:
    found: Rows = []
    for author, posts in sorted(world.posts_by.items()):
        days = {day(post.created_at) for post in posts}
        for first in sorted(each for each in days if each - timedelta(days=1) not in days):
            last = first
            while last + timedelta(days=1) in days:
                last += timedelta(days=1)
            length = (last - first).days + 1
            found.append({"author": author, "first": _at(first), "last": _at(last), "length": length})
    return found


@oracle(157, case(tz="Asia/Kolkata"), case(tz="America/New_York"), refused(ValueError, tz="Mars"), ordered=True)
def cumulative_unique_commenters(world: World, tz: str) -> Rows:
    first = (min(comment.created_at for comment in comments) for comments in world.comments_by.values() if comments)
    return _running(_by_day(first, lambda of: of, tz), "running")


@oracle(
    162,
    case(start=date(2025, 11, 15), end=date(2026, 2, 10)),
    case(start=date(2026, 2, 1), end=date(2026, 3, 1)),
    case(start=date(2026, 3, 1), end=date(2026, 3, 15)),  # at whose end an order is paid
    case(start=date(2020, 1, 1), end=date(2026, 6, 2)),
    case(start=date(2025, 12, 1), end=date(2026, 2, 1), currency="USD"),
    case(currency="XXX"),
    empty(start=date(2026, 1, 2), end=date(2026, 1, 2)),
    empty(start=date(2026, 2, 1), end=date(2026, 1, 1)),
    ordered=True,
)
def monthly_revenue(world: World, start: date, end: date, currency: str) -> Rows:
    sold = [each for each in world.orders if each.status in {"paid", "shipped"} and each.currency == currency]
    totals: dict[date, Decimal] = defaultdict(Decimal)
    for order in sold:
        if order.paid_at is not None and _at(start) <= order.paid_at < _at(end):
            totals[_month(day(order.paid_at))] += order.amount
    return [{"period": _at(month), "total": totals[month]} for month in _months(start, end)]


def _months(start: date, end: date) -> list[date]:
    """The first days of the months that the days from ``start`` until before ``end`` are in."""
    return sorted({_month(start + timedelta(days=number)) for number in range((end - start).days)})


@oracle(163, ordered=True)
def quarterly_posts_by_status(world: World) -> Rows:
    def first(of: date) -> date:
        return date(of.year, (of.month - 1) // 3 * 3 + 1, 1)

    counts = Counter((_at(first(day(post.created_at))), post.status) for post in world.posts)
    return [{"period": at, "status": status, "count": count} for (at, status), count in sorted(counts.items())]


@oracle(164, case(tz="UTC"), case(tz="Pacific/Chatham"), refused(ValueError, tz=""), ordered=True)
def posts_by_hour_of_day(world: World, tz: str) -> Rows:
    counts = Counter(post.created_at.astimezone(zone(tz)).hour for post in world.posts)
    return [{"period": hour, "count": counts[hour]} for hour in range(24)]


@oracle(165, case(tz="UTC"), case(tz="America/New_York"), ordered=True)
def activity_heatmap(world: World, tz: str) -> Rows:
    local = [comment.created_at.astimezone(zone(tz)) for comment in world.comments]
    counts = Counter((at.isoweekday(), at.hour) for at in local)
    return [{"period": of, "hour": hour, "count": count} for (of, hour), count in sorted(counts.items())]


@oracle(166, case(minutes=1), case(minutes=7), case(minutes=60 * 24 * 30), refused(ValueError, minutes=0), ordered=True)
def posts_per_interval(world: World, minutes: int) -> Rows:
    origin, length = datetime(2000, 1, 1, tzinfo=UTC), timedelta(minutes=minutes)
    return _counted("period", (origin + (post.created_at - origin) // length * length for post in world.posts))


@oracle(167, ordered=True)
def cumulative_signups(world: World) -> Rows:
    return _running(_by_day((user.joined_at for user in world.users), lambda of: of), "running_count")


@oracle(
    168,
    case(start=date(2025, 12, 15), end=date(2026, 2, 2)),
    case(start=date(2010, 1, 1), end=date(2030, 1, 1)),
    empty(start=date(2026, 1, 1), end=date(2026, 1, 1)),
    ordered=True,
)
def monthly_growth(world: World, start: date, end: date) -> Rows:
    counts = Counter(_month(day(post.created_at)) for post in world.posts)
    found: Rows = []
    for month in _months(start, end):
        before = found[-1]["count"] if found else 0
        growth = counts[month] / before - 1 if before else None
        found.append({"period": _at(month), "count": counts[month], "growth": growth})
    return found


@oracle(
    170, case(at=datetime(2025, 12, 31, 23, 59, tzinfo=UTC)), empty(at=datetime(2000, 1, 1, tzinfo=UTC)), ordered=True
)
def retention_cohorts(world: World, at: datetime) -> Rows:
    cohorts: dict[date, list[int]] = defaultdict(list)
    for user in world.users:
        cohorts[_month(day(user.joined_at))].append(user.id)
    found: Rows = []
    for first, members in sorted(cohorts.items()):
        active = Counter(
            month for user in members for month in {_month(day(each.created_at)) for each in world.comments_by[user]}
        )
        offset = 0
        while (month := _month(first, offset)) <= day(at):
            cell = {"cohort": _at(first), "offset": offset, "size": len(members), "active": active[month]}
            found.append({**cell, "share": active[month] / len(members)})
            offset += 1
    return found


@oracle(171, ordered=True)
def daily_active_commenters(world: World) -> Rows:
    pairs = {(day(comment.created_at), comment.user_id) for comment in world.comments}
    return _counted("period", (_at(of) for of, _ in pairs))
