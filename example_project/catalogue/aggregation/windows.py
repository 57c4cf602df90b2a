"""Patterns by windows: ranks, running and moving totals, neighbours, and sessions."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Avg, QuerySet

from example_project.catalogue import pattern
from example_project.content.models import Comment, Post


@pattern(112, "Posts ranked in their category")
def ranked_posts() -> QuerySet[Post]:
    """Posts with ``rank`` by rating within their category, 1, 1, 3 on ties; those without one are a category."""
    return Post.objects.with_rank("-rating", per="category")


@pattern(113, "Posts with views so far")
def cumulative_views() -> QuerySet[Post]:
    """Posts with ``cumulative_views``, the views of all posts up to each, by time of creation and id."""
    return Post.objects.with_running("views", as_="cumulative_views")


@pattern(116, "Posts numbered by time")
def running_total_posts() -> QuerySet[Post]:
    """Posts with ``running_total``: 1 for the oldest, 2 for the next; of one moment, the lower id comes first."""
    return Post.objects.with_running(func="count", as_="running_total")


@pattern(117, "Posts with the percentile of their rating")
def percentile_ranks() -> QuerySet[Post]:
    """Posts with ``percentile``, (rank - 1) / (posts - 1) by rating: 0 for the lowest, 1 for a single highest."""
    return Post.objects.with_rank("rating", method="percent", as_="percentile")


@pattern(129, "Posts with their share of the views of their category")
def posts_with_share_of_category_views() -> QuerySet[Post]:
    """Posts with ``views_share``; the shares of a category add up to 1, and are NULL where nobody has viewed any."""
    return Post.objects.with_share("views", per="category")


@pattern(130, "Posts with the average of their category")
def posts_with_category_average() -> QuerySet[Post]:
    """Posts with ``category_avg``, the mean rating of the posts of their category."""
    return Post.objects.with_peers("category", category_avg=Avg("rating"))


@pattern(131, "Posts with the z-score of their rating")
def posts_with_rating_zscore() -> QuerySet[Post]:
    """Posts with how many standard deviations their rating lies above the mean of their category.

    The deviation is that of a population; where all ratings are equal, the score is NULL.
    """
    return Post.objects.with_zscore("rating", per="category")


@pattern(136, "Posts with the quartile of their views")
def posts_with_view_quartile() -> QuerySet[Post]:
    """Posts with ``quartile`` 1 to 4 by views and id; the sizes of the four differ by one at most."""
    return Post.objects.with_rank("views", method="ntile", n=4, as_="quartile")


@pattern(137, "Posts with the time since the previous one")
def posts_with_gap_since_previous() -> QuerySet[Post]:
    """Posts with ``gap``, the time since the author's previous post; NULL for a first one."""
    return Post.objects.with_change("created_at", per="author", as_="gap")


@pattern(138, "Posts with their neighbours in time")
def posts_with_neighbours() -> QuerySet[Post]:
    """Posts with ``previous_id`` and ``next_id`` by time of creation and id; NULL at both ends."""
    return Post.objects.with_previous("pk", as_="previous_id").with_next("pk", as_="next_id")


@pattern(139, "Posts with the change of views")
def posts_with_view_change() -> QuerySet[Post]:
    """Posts with how much more views they have than the author's previous post, as a fraction of those.

    0.5 is half as much again, -1 is none; NULL for a first post, and after one without views.
    """
    return Post.objects.with_change("views", per="author", percent=True)


@pattern(140, "Posts with a moving average of views")
def posts_with_moving_average(rows: int = 7) -> QuerySet[Post]:
    """Posts with ``moving_views``, the mean of the last ``rows`` posts up to each; the first have fewer."""
    return Post.objects.with_moving("views", rows)


@pattern(141, "Posts with the views of seven days")
def posts_with_rolling_week_views() -> QuerySet[Post]:
    """Posts with ``moving_views``, the views of all posts of the seven days up to each, both ends included."""
    return Post.objects.with_moving("views", span=timedelta(days=7), func="sum")


@pattern(142, "Posts with the author's views so far")
def posts_with_running_views_per_author() -> QuerySet[Post]:
    """Posts with ``running_views``, the views of the author's posts up to each."""
    return Post.objects.with_running("views", per="author")


@pattern(143, "Posts with the leader of their category")
def posts_with_category_leader() -> QuerySet[Post]:
    """Posts with ``leader``, the title of the best rated post of their category; of several, the one of highest id."""
    return Post.objects.with_first("title", by="-rating", per="category", as_="leader")


@pattern(144, "Comments with their session")
def comments_with_session(minutes: int = 30) -> QuerySet[Comment]:
    """Comments with ``session``: a user's comments that are at most so many minutes apart share one, from 1."""
    return Comment.objects.with_session(timedelta(minutes=minutes), per="user")
