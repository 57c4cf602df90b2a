"""Patterns that count, add up and average related rows: each number is exact, whatever stands beside it."""

from __future__ import annotations

from django.db.models import QuerySet
from django.db.models.functions import Greatest

from example_project.catalogue import pattern
from example_project.content.models import Post, User
from querysets import P


@pattern(101, "Posts with their number of comments")
def posts_with_comment_count() -> QuerySet[Post]:
    """Posts with ``comments_count``, 0 for those without comments."""
    return Post.objects.with_count("comments")


@pattern(103, "Posts with their number of active comments")
def posts_with_active_comments() -> QuerySet[Post]:
    """Posts with ``active_comments``: how many of their comments are active."""
    return Post.objects.with_count("comments", P.active(), as_="active_comments")


@pattern(105, "Users with their average rating")
def user_avg_ratings() -> QuerySet[User]:
    """Users with ``avg_rating``, the mean rating of their posts; NULL for those without posts."""
    return User.objects.with_avg("posts__rating", as_="avg_rating")


@pattern(123, "Posts with comments and reactions counted")
def posts_with_comment_and_reaction_counts() -> QuerySet[Post]:
    """Posts with ``comments_count`` and ``reactions_count``: two relations, and neither multiplies the other."""
    return Post.objects.with_count("comments").with_count("reactions")


@pattern(124, "Users with numbers of their posts")
def users_with_post_stats() -> QuerySet[User]:
    """Users with ``posts_count``, ``posts_views_sum``, both 0 for none, and ``posts_rating_avg``, NULL for none."""
    return User.objects.with_count("posts").with_sum("posts__views").with_avg("posts__rating")


@pattern(125, "Posts with their number of commenters")
def posts_with_distinct_commenters() -> QuerySet[Post]:
    """Posts with ``commenters``: how many people commented, each counted once."""
    return Post.objects.with_count("comments", distinct="user", as_="commenters")


@pattern(126, "Users with their last activity")
def users_with_last_activity() -> QuerySet[User]:
    """Users with ``last_activity``, the later of ``last_post`` and ``last_comment``; NULL for those with neither."""
    return (
        User.objects.with_max("posts__created_at", as_="last_post")
        .with_max("comments__created_at", as_="last_comment")
        .with_expr(last_activity=Greatest("last_post", "last_comment"))
    )
