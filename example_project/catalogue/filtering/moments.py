"""Patterns about moments and spans: since, until, so long ago, overlapping, how old."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from django.db.models import F, QuerySet

from example_project.catalogue import pattern
from example_project.content.models import Comment, Post, User
from querysets import P


@pattern(4, "Posts between two moments")
def posts_in_range(
    start: datetime = datetime(2026, 1, 1, tzinfo=UTC), end: datetime = datetime(2026, 2, 1, tzinfo=UTC)
) -> QuerySet[Post]:
    """Posts from ``start`` on until before ``end``: a post of the end itself is out, so ranges that meet share none."""
    return Post.objects.between(start, end)


@pattern(11, "Recent posts")
def recent_posts(hours: float = 24, at: datetime | None = None) -> QuerySet[Post]:
    """Posts of the last hours, the bound included, nothing from the future; 0 is this very moment."""
    return Post.objects.recent(hours, at=at)


@pattern(29, "Users of an age")
def old_users(age: int = 40, on: date | None = None) -> QuerySet[User]:
    """Users who have completed at least so many years, by the calendar; unknown birthdays are out."""
    return User.objects.aged(min=age, on=on)


@pattern(50, "Edited after publication")
def posts_edited_after_publishing(grace_minutes: float = 15) -> QuerySet[Post]:
    """Posts changed more than so many minutes after their publication; unpublished ones are out."""
    return Post.objects.above(updated_at=F("published_at") + timedelta(minutes=grace_minutes))


@pattern(62, "Older posts")
def posts_older_than(days: float = 730, at: datetime | None = None) -> QuerySet[Post]:
    """Posts written more than so many days (of 24 hours) ago."""
    return Post.objects.older_than(days, at=at)


@pattern(63, "Posts since")
def posts_since(moment: datetime = datetime(2026, 10, 1, tzinfo=UTC)) -> QuerySet[Post]:
    """Posts from the moment on, also those dated in the future."""
    return Post.objects.between(moment, None)


@pattern(66, "Live posts")
def live_posts(at: datetime | None = None) -> QuerySet[Post]:
    """Posts that are published and not expired: published by now, and to expire later than now, or never."""
    return Post.objects.covering(at, "published_at", "expires_at")


@pattern(67, "Posts about to expire")
def posts_expiring_within(hours: float = 24, at: datetime | None = None) -> QuerySet[Post]:
    """Posts that expire after now and within the hours, the bound included; those without an expiry are out."""
    return Post.objects.upcoming(hours, field="expires_at", at=at)


@pattern(68, "Posts that run in a span")
def posts_overlapping(
    start: datetime = datetime(2026, 1, 1, tzinfo=UTC), end: datetime = datetime(2026, 4, 1, tzinfo=UTC)
) -> QuerySet[Post]:
    """Posts whose run, from ``start_time`` until before ``end_time``, shares a moment with the span.

    Runs that only touch it are out, and so are those that do not begin (NULL), or end before they begin; a run without
    an end goes on for ever.
    """
    return Post.objects.overlapping(start, end, "start_time", "end_time")


@pattern(69, "Upcoming birthdays")
def users_with_upcoming_birthday(days: int = 7, on: date | None = None) -> QuerySet[User]:
    """Users whose birthday is today or in the next days, over New Year too; 29 February counts as 1 March."""
    return User.objects.anniversary_within(days, on=on)


@pattern(70, "Users aged between")
def users_aged_between(low: int = 18, high: int = 30, on: date | None = None) -> QuerySet[User]:
    """Users whose completed years lie between two numbers, both included."""
    return User.objects.aged(low, high, on=on)


@pattern(71, "Active but stale")
def stale_active_posts(days: float = 90, at: datetime | None = None) -> QuerySet[Post]:
    """Active posts that were last changed more than so many days ago."""
    return Post.objects.active().older_than(days, field="updated_at", at=at)


@pattern(72, "Dormant users")
def dormant_users(days: float = 90, at: datetime | None = None) -> QuerySet[User]:
    """Users who were last seen more than so many days ago, or never."""
    return User.objects.any_of(P.by(last_seen_at=None), P.older_than(days, field="last_seen_at", at=at))


@pattern(89, "Late comments")
def late_comments(days: float = 7) -> QuerySet[Comment]:
    """Comments written more than so many days after their post."""
    return Comment.objects.above(created_at=F("post__created_at") + timedelta(days=days))
