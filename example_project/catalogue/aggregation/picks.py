"""Patterns that choose posts by how they stand among the others."""

from __future__ import annotations

from django.db.models import QuerySet

from example_project.catalogue import pattern
from example_project.content.models import Post


@pattern(132, "Posts above the average of their category")
def posts_above_category_average() -> QuerySet[Post]:
    """Posts rated strictly above the mean of their category; those without one are a category."""
    return Post.objects.above_peers("rating", per="category")


@pattern(133, "The best per cent")
def top_percent_posts(percent: float = 10) -> QuerySet[Post]:
    """The best scored ``percent`` per cent of all posts, rounded up, and those that tie with the last of them."""
    return Post.objects.top_percent(percent, by="-score")


@pattern(134, "Posts with extraordinary views")
def view_outliers(k: float = 1.5) -> QuerySet[Post]:
    """Posts whose views lie outside of the quartiles by more than ``k`` times the distance between them."""
    return Post.objects.outliers("views", k=k)


@pattern(135, "The best of each category")
def top_posts_per_category(n: int = 3) -> QuerySet[Post]:
    """The ``n`` best rated posts of each category, ties by the highest id; those without one are a category."""
    return Post.objects.top_per("category", n, by="-rating")
