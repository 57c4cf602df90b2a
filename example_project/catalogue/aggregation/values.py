"""Patterns about what a row's own values come to: flags, cases, bands, weights, quotients."""

from __future__ import annotations

from django.db.models import QuerySet

from example_project.catalogue import pattern
from example_project.content.models import Post
from querysets import P


@pattern(104, "Urgent posts first")
def prioritized_posts() -> QuerySet[Post]:
    """All posts by ``priority``: 1 for urgent ones, 2 for the rest; within it by id."""
    return Post.objects.with_case("priority", (P.by(status="urgent"), 1), default=2).ranked("priority")


@pattern(110, "Weighted score")
def weighted_scores() -> QuerySet[Post]:
    """Posts with ``weighted_score``: likes count twice, views once."""
    return Post.objects.with_weighted("weighted_score", likes=2, views=1)


@pattern(115, "Posts with many likes")
def posts_with_likes(min_likes: int = 10) -> QuerySet[Post]:
    """Posts with at least ``min_likes`` likes."""
    return Post.objects.at_least(likes=min_likes)


@pattern(120, "Whether a post has comments")
def posts_with_comments_count() -> QuerySet[Post]:
    """Posts with ``has_comments``, true or false: no count, whatever the name says. Each post comes once."""
    return Post.objects.with_exists("comments")


@pattern(127, "Bands of rating")
def posts_with_rating_band() -> QuerySet[Post]:
    """Posts with ``band``: low below a rating of 2, mid from 2 on, high from 4 on."""
    return Post.objects.with_bucket("rating", [2, 4], ["low", "mid", "high"], as_="band")


@pattern(128, "Likes a view")
def posts_with_engagement() -> QuerySet[Post]:
    """Posts with ``engagement``, likes over views as a float; NULL where there are no views."""
    return Post.objects.with_ratio("likes", "views", as_="engagement")
