"""Patterns that answer with a number, or a few, over all rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet

from example_project.catalogue import pattern
from example_project.content.models import Post, User
from querysets import P


@pattern(106, "Total views")
def total_views() -> int:
    """The views of all posts together; 0 where there are no posts."""
    return Post.objects.total("views")


@pattern(155, "Percentiles of the rating")
def rating_percentiles(fractions: Sequence[float] = (0.25, 0.5, 0.75)) -> list[float | None]:
    """The ratings below which fractions of the posts lie, in the order given.

    Between two posts, in proportion; a fraction outside of 0..1 is a ``ValueError``.
    """
    return Post.objects.percentile("rating", *fractions)


@pattern(156, "The most common status")
def most_common_status() -> str | None:
    """The status that most posts have, of several the first in the alphabet; None where there are no posts."""
    return Post.objects.mode("status")


@pattern(158, "Comments a post, on average")
def average_comments_per_post() -> float | None:
    """How many comments a post has on average; a post without any counts as 0."""
    return Post.objects.with_count("comments").average("comments_count")


@pattern(159, "Posts a user, in the middle")
def median_posts_per_author() -> float | None:
    """The median of how many posts users have written: an aggregate of an aggregate, users without posts included."""
    return User.objects.with_count("posts").median("posts_count")


@pattern(160, "How many posts have how many comments")
def comment_count_distribution() -> QuerySet[Post, dict[str, Any]]:
    """For each number of comments, how many posts have it; ascending."""
    return Post.objects.with_count("comments").count_by("comments_count", as_="posts")


@pattern(161, "The rating by views")
def view_weighted_rating() -> float | None:
    """The mean rating, a post counting as often as it was viewed; None where nothing was."""
    return Post.objects.weighted_average("rating", "views")


@pattern(172, "A funnel")
def user_funnel() -> dict[str, int]:
    """How many users there are; have posted; have had a comment as well; and have ordered besides. One statement.

    Each number is of the users of the one before.
    """
    posted, commented = P.having("posts"), P.having("posts") & P.having("comments")
    return User.objects.counts(all=Q(), posted=posted, commented=commented, ordered=commented & P.having("orders"))


@pattern(173, "The share of posts that are discussed")
def commented_share() -> float | None:
    """The fraction of the posts that have a comment, from 0 to 1; None where there are no posts."""
    return Post.objects.share(P.having("comments"))


@pattern(174, "Pairs of author and category")
def distinct_author_category_pairs() -> int:
    """In how many categories how many authors have written: different pairs, no category being one more."""
    return Post.objects.count_distinct("author", "category")


@pattern(175, "Views at a glance")
def view_summary() -> dict[str, Any]:
    """Count, nulls, least, greatest, mean, median, 95th percentile, deviation and sum of the views: one statement."""
    return Post.objects.summary("views")


@pattern(176, "Do views make likes?")
def likes_views_correlation() -> float | None:
    """Pearson's coefficient of likes and views; None for less than two posts, or where one of them never changes."""
    return Post.objects.correlation("likes", "views")
