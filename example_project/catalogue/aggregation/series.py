"""Patterns that count and sum over time."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import QuerySet, Sum

from example_project.catalogue import pattern
from example_project.content.models import Comment, Order, Post, User


@pattern(102, "Posts a month")
def monthly_post_counts() -> QuerySet[Post, dict[str, Any]]:
    """How many posts were written in each local month; months without posts are absent."""
    return Post.objects.count_per("month")


@pattern(109, "Posts a day")
def daily_post_counts() -> QuerySet[Post, dict[str, Any]]:
    """How many posts were written on each local day; days without posts are absent."""
    return Post.objects.count_per("day")


@pattern(122, "Posts an hour")
def hourly_post_counts() -> QuerySet[Post, dict[str, Any]]:
    """How many posts were written in each hour; both hours are there that clocks show twice in autumn."""
    return Post.objects.count_per("hour")


@pattern(145, "Writing streaks")
def author_streaks() -> QuerySet[Post, dict[str, Any]]:
    """Runs of consecutive local days on each of which an author wrote: the first day, the last, and how many."""
    return Post.objects.streaks_by("author")


@pattern(157, "Commenters so far")
def cumulative_unique_commenters(tz: str = "UTC") -> QuerySet[Comment, dict[str, Any]]:
    """Local days on which somebody commented for the first time ever: how many did, and how many have by then.

    The last day has the number of all who ever commented; days without a newcomer are absent.
    """
    return Comment.objects.top_per("user", by="created_at").count_per("day", tz=tz).with_running(as_="running")


@pattern(162, "Revenue a month")
def monthly_revenue(
    start: date = date(2025, 10, 1), end: date = date(2026, 4, 1), currency: str = "EUR"
) -> QuerySet[Order, dict[str, Any]]:
    """What was paid in ``[start, end)`` in one currency, for every month that it touches; 0 where nothing was."""
    paid = Order.objects.by(status=["paid", "shipped"], currency=currency).between(start, end, field="paid_at")
    return paid.agg_per("month", total=Sum("amount"), field="paid_at").filled(start, end)


@pattern(163, "Posts a quarter, by status")
def quarterly_posts_by_status() -> QuerySet[Post, dict[str, Any]]:
    """How many posts of each status were written in each quarter."""
    return Post.objects.count_per("quarter", "status")


@pattern(164, "Posts by hour of the day")
def posts_by_hour_of_day(tz: str = "America/New_York") -> QuerySet[Post, dict[str, Any]]:
    """How many posts were written in each hour that clocks in the zone show, 0 to 23, all of them."""
    return Post.objects.count_per("hour_of_day", tz=tz).filled()


@pattern(165, "Heat map of comments")
def activity_heatmap(tz: str = "Asia/Kolkata") -> QuerySet[Comment, dict[str, Any]]:
    """How many comments were written on each ISO weekday in each hour, by the clocks and calendars of the zone."""
    return Comment.objects.bucketed("day_of_week", tz).bucketed("hour_of_day", tz, as_="hour").with_count()


@pattern(166, "Posts an interval")
def posts_per_interval(minutes: int = 30) -> QuerySet[Post, dict[str, Any]]:
    """How many posts were written in each stretch of so many minutes, counted from the year 2000 in UTC."""
    return Post.objects.count_per(timedelta(minutes=minutes))


@pattern(167, "Users so far")
def cumulative_signups() -> QuerySet[User, dict[str, Any]]:
    """How many users joined on each local day, and how many have joined by then."""
    return User.objects.count_per("day").with_running()


@pattern(168, "Growth a month")
def monthly_growth(start: date = date(2025, 1, 1), end: date = date(2026, 4, 1)) -> QuerySet[Post, dict[str, Any]]:
    """Posts of every month that ``[start, end)`` touches, and their growth: 0.5 is half as many more than before.

    Months without posts are there, with 0; the first month, and one after such a month, has no growth.
    """
    return Post.objects.count_per("month").filled(start, end).with_change("count", percent=True, as_="growth")


@pattern(170, "Retention by cohort")
def retention_cohorts(at: datetime | None = None) -> QuerySet[Comment, dict[str, Any]]:
    """Users by the month in which they joined, and how many of them commented 0, 1, 2 ... months later.

    All who joined are the size of a cohort; months without a comment are there until now.
    """
    return Comment.objects.cohorts("user", start="user__joined_at", at=at)


@pattern(171, "Commenters a day")
def daily_active_commenters() -> QuerySet[Comment, dict[str, Any]]:
    """How many different users commented on each local day."""
    return Comment.objects.count_per("day", distinct="user")
