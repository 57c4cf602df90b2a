"""Patterns about days, weeks, months and years, as the calendar of a zone has them."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import QuerySet

from example_project.catalogue import pattern
from example_project.content.models import Comment, Post


@pattern(23, "Posts of a year")
def posts_by_year(year: int = 2024) -> QuerySet[Post]:
    """Posts of a calendar year in the current time zone."""
    return Post.objects.during(year)


@pattern(32, "Posts of a month")
def posts_by_month(year: int = 2026, month: int = 1) -> QuerySet[Post]:
    """Posts of a calendar month in the current time zone; a month outside of 1 to 12 is a ``ValueError``."""
    return Post.objects.during(year, month)


@pattern(34, "Comments of a day")
def comments_by_date(day: date = date(2026, 3, 10)) -> QuerySet[Comment]:
    """Comments of a day in the current time zone."""
    return Comment.objects.during(day)


@pattern(54, "Posts of a day, somewhere")
def posts_on_day(day: date = date(2025, 11, 2), tz: str = "America/New_York") -> QuerySet[Post]:
    """Posts of a day as the clocks of a zone have it; it has 23 or 25 hours where they change."""
    return Post.objects.during(day, tz=tz)


@pattern(55, "Posts of today")
def posts_today(tz: str | None = None, at: datetime | None = None) -> QuerySet[Post]:
    """Posts of the calendar day that it is in a zone, the current one by default; the whole day, the rest of it too."""
    return Post.objects.this("day", tz=tz, at=at)


@pattern(56, "Posts of this week")
def posts_this_week(week_start: int = 1, at: datetime | None = None) -> QuerySet[Post]:
    """Posts of the calendar week, which begins on the ISO weekday ``week_start`` (1 is Monday, 7 Sunday)."""
    return Post.objects.this("week", week_start=week_start, at=at)


@pattern(57, "Posts of last month")
def posts_last_month(at: datetime | None = None) -> QuerySet[Post]:
    """Posts of the calendar month before this one, whole: on 31 March that is February."""
    return Post.objects.this("month", -1, at=at)


@pattern(58, "Posts of the last calendar days")
def posts_last_calendar_days(days: int = 7, at: datetime | None = None) -> QuerySet[Post]:
    """Posts of today and of the ``days - 1`` calendar days before it: not the last so many hours."""
    return Post.objects.this("day", 1 - days, days, at=at)


@pattern(59, "Posts of a quarter")
def posts_by_quarter(year: int = 2025, quarter: int = 1) -> QuerySet[Post]:
    """Posts of a quarter of a calendar year; a quarter outside of 1 to 4 is a ``ValueError``."""
    return Post.objects.during(year, quarter=quarter)


@pattern(60, "Posts of an ISO week")
def posts_by_iso_week(year: int = 2025, week: int = 1) -> QuerySet[Post]:
    """Posts of a week, Monday to Sunday, of an ISO year: week 1 of 2025 begins on 30 December 2024.

    Week 53 of a year that has none is a ``ValueError``.
    """
    return Post.objects.during(year, week=week)


@pattern(61, "Posts of a fiscal year")
def posts_in_fiscal_year(year: int = 2024, start_month: int = 4) -> QuerySet[Post]:
    """Posts of the twelve months that begin with ``start_month`` of ``year``."""
    return Post.objects.during(year, start_month=start_month)


@pattern(64, "Posts of weekends")
def weekend_posts(tz: str = "America/New_York") -> QuerySet[Post]:
    """Posts written on a Saturday or Sunday as a zone has it."""
    return Post.objects.on_weekdays(6, 7, tz=tz)


@pattern(65, "Posts of office hours")
def business_hours_posts(tz: str = "America/New_York") -> QuerySet[Post]:
    """Posts written from Monday to Friday, from 9:00 until before 17:00, by the clocks of a zone."""
    return Post.objects.on_weekdays(1, 2, 3, 4, 5, tz=tz).between_hours(9, 17, tz=tz)
