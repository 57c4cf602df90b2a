"""Patterns that describe groups by several measures, by medians, and by the row at an extreme."""

from __future__ import annotations

from typing import Any

from django.db.models import Avg, Count, Max, Min, QuerySet, StdDev

from example_project.catalogue import pattern
from example_project.content.models import Post
from querysets import ArgMax, Percentile


@pattern(153, "Ratings of each category in numbers")
def category_rating_stats() -> QuerySet[Post, dict[str, Any]]:
    """``n`` posts and ``mean``, ``low``, ``high`` and ``sd``, the population's standard deviation, of their ratings."""
    return Post.objects.agg_by(
        "category",
        n=Count("pk"), mean=Avg("rating"), low=Min("rating"), high=Max("rating"), sd=StdDev("rating"),
    )  # fmt: skip


@pattern(154, "Median views of each category")
def median_views_by_category() -> QuerySet[Post, dict[str, Any]]:
    """``median`` views by category; of an even number of posts the mean of the two in the middle."""
    return Post.objects.agg_by("category", median=Percentile("views", 0.5))


@pattern(178, "How long authors have been writing")
def author_active_spans() -> QuerySet[Post, dict[str, Any]]:
    """``first``, ``last`` and ``span``, the time between an author's first and last post: 0 for one post."""
    return Post.objects.agg_by(
        "author",
        first=Min("created_at"), last=Max("created_at"), span=Max("created_at") - Min("created_at"),
    )  # fmt: skip


@pattern(179, "The best title of each category")
def best_title_per_category() -> QuerySet[Post, dict[str, Any]]:
    """``best``, the title of the post that is rated best; of several the one with the highest id."""
    return Post.objects.agg_by("category", best=ArgMax("title", by="rating"))
