"""Patterns about the moments of one row: durations, ages, workdays, decay."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db.models import F, QuerySet

from example_project.catalogue import pattern
from example_project.content.models import Comment, Order, Post, User
from querysets import P


@pattern(183, "How long posts run")
def posts_with_duration() -> QuerySet[Post]:
    """Posts with ``duration``, from start to end: NULL if either is missing, negative if they are reversed."""
    return Post.objects.with_duration("start_time", "end_time")


@pattern(189, "Users with their age")
def users_with_age(on: date | None = None) -> QuerySet[User]:
    """Users with ``age``: the years they have completed on a day; NULL without a birthday, and before it.

    Who was born on 29 February turns on 1 March where there is none.
    """
    return User.objects.with_age("dob", on)


@pattern(230, "Comments before publication")
def comments_before_publication() -> QuerySet[Comment]:
    """Comments that were written before their post was published, or on one that never was: an anomaly of the data."""
    return Comment.objects.any_of(P.below(created_at=F("post__published_at")), P.by(post__published_at=None))


@pattern(231, "Orders paid late")
def orders_paid_late(limit: timedelta = timedelta(days=7), at: datetime | None = None) -> QuerySet[Order]:
    """Orders that were paid more than ``limit`` after they were made, or are that old and still unpaid.

    Cancelled ones are left out.
    """
    paid_late, unpaid = P.above(paid_at=F("created_at") + limit), P.by(paid_at=None)
    return Order.objects.excluding(status="cancelled").any_of(paid_late, unpaid & P.older_than(limit, at=at))


@pattern(237, "Workdays until payment")
def orders_with_payment_workdays(tz: str = "UTC") -> QuerySet[Order]:
    """Orders with ``workdays``: the Mondays to Fridays after the day of the order, up to and with that of the payment.

    Days are those of the zone; 0 on the same day or if paid before; NULL if unpaid. Holidays are not known.
    """
    return Order.objects.with_workdays("created_at", "paid_at", tz=tz)


@pattern(239, "Hot posts")
def hot_posts(half_life_hours: float = 24, at: datetime | None = None) -> QuerySet[Post]:
    """Posts by ``heat``, the hottest first: the score, halved once every ``half_life_hours`` of the post's age.

    Posts of the future have no age yet; half-lives are counted up to 500. One of 0 or less is a ``ValueError``.
    """
    return Post.objects.with_decay("score", timedelta(hours=half_life_hours), at=at, as_="heat").ranked("-heat")
