"""Patterns that count and measure groups: by keys, as a matrix, as a histogram, by elements, with subtotals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Avg, Max, Min, QuerySet, Sum
from django.db.models.functions import ExtractMonth, ExtractYear, Lower

from example_project.catalogue import pattern
from example_project.content.models import Post, User


@pattern(107, "Posts in each category")
def category_counts() -> QuerySet[Post, dict[str, Any]]:
    """``count`` by the id and the name of the category; namesakes stay apart, and posts without one are a group."""
    return Post.objects.count_by("category", "category__name")


@pattern(108, "Posts of each status")
def status_breakdown() -> QuerySet[Post, dict[str, Any]]:
    """``count`` by status, the most frequent first; those that are as frequent by name."""
    return Post.objects.count_by("status").ranked("-count")


@pattern(111, "The best rating in each category")
def max_rating_by_category() -> QuerySet[Post, dict[str, Any]]:
    """``max_rating`` by the id and the name of the category; a category without posts has none and is absent."""
    return Post.objects.agg_by("category", "category__name", max_rating=Max("rating"))


@pattern(114, "The first post of each category")
def earliest_posts() -> QuerySet[Post, dict[str, Any]]:
    """``earliest``, when the first post was created, by the id and the name of the category."""
    return Post.objects.agg_by("category", "category__name", earliest=Min("created_at"))


@pattern(118, "Average likes of each status")
def avg_likes_by_status() -> QuerySet[Post, dict[str, Any]]:
    """``avg_likes``, the mean number of likes, by status."""
    return Post.objects.agg_by("status", avg_likes=Avg("likes"))


@pattern(119, "Most views of each author")
def max_views_by_user() -> QuerySet[Post, dict[str, Any]]:
    """``max_views``, the views of the most viewed post, by the id and the name of the author."""
    return Post.objects.agg_by("author", "author__username", max_views=Max("views"))


@pattern(121, "Sum of ratings of each category")
def sum_ratings_by_category() -> QuerySet[Post, dict[str, Any]]:
    """``total_rating`` by the id and the name of the category."""
    return Post.objects.agg_by("category", "category__name", total_rating=Sum("rating"))


@pattern(146, "Categories and statuses as a matrix")
def category_status_matrix(
    statuses: Sequence[str] = ("draft", "published", "archived"),
) -> QuerySet[Post, dict[str, Any]]:
    """One row a category, with the number of its posts of each status in a column of its own, 0 for none."""
    return Post.objects.pivot(("category", "category__name"), "status", statuses)


@pattern(147, "Posts with each tag")
def tag_counts() -> QuerySet[Post, dict[str, Any]]:
    """``count`` by tag (``element``), the most used first; a post that has a tag twice counts once."""
    return Post.objects.count_by_element("tags").ranked("-count")


@pattern(148, "Prolific authors")
def prolific_authors(minimum: int = 10) -> QuerySet[Post, dict[str, Any]]:
    """``count`` by author, of those with at least ``minimum`` posts."""
    return Post.objects.count_by("author").at_least(count=minimum)


@pattern(149, "Addresses that several users have")
def duplicate_email_groups() -> QuerySet[User, dict[str, Any]]:
    """``count`` by address in lower case (``email_key``), of those that more than one user has."""
    return User.objects.count_by(email_key=Lower("email")).above(count=1)


@pattern(150, "The share of each status")
def status_shares() -> QuerySet[Post, dict[str, Any]]:
    """``count`` by status and ``share``, the fraction of all posts; the shares sum up to 1."""
    return Post.objects.count_by("status").with_share(as_="share")


@pattern(151, "Views by author, cumulated")
def view_pareto_by_author() -> QuerySet[Post, dict[str, Any]]:
    """``total``, the views of each author's posts, the greatest first, and ``share``, that of all so far.

    The last share is 1.
    """
    authors = Post.objects.agg_by("author", total=Sum("views")).ranked("-total")
    return authors.with_running("total", by="-total", share=True, as_="share")


@pattern(152, "Histogram of ratings")
def rating_histogram(bins: int = 5) -> QuerySet[Post, dict[str, Any]]:
    """``count`` by ``bin``, of ``bins`` of one width on 0 to 5; a rating of 5 is in the last; empty bins are absent.

    ``bin_low``, which is in the bin, and ``bin_high``, which is not, are its ends. No bins are a ``ValueError``.
    """
    return Post.objects.histogram("rating", 0, 5, bins)


@pattern(169, "Months of several years, side by side")
def yearly_comparison(years: Sequence[int] = (2024, 2025)) -> QuerySet[Post, dict[str, Any]]:
    """One row a month of the year, 1 to 12, with the number of posts of each of the years in a column of its own."""
    dated = Post.objects.with_expr(year=ExtractYear("created_at"), month=ExtractMonth("created_at"))
    return dated.pivot("month", "year", years)


@pattern(177, "Categories and statuses with subtotals")
def category_status_rollup() -> QuerySet[Post, dict[str, Any]]:
    """``count`` by category and status, behind each category its sum, and the sum of all at the end.

    ``level`` is 0 for a group, 1 for the sum of a category and 2 for that of all: a category that is NULL is no sum.
    """
    return Post.objects.count_by("category", "status").subtotals()


@pattern(180, "Authors by views")
def author_leaderboard() -> QuerySet[Post, dict[str, Any]]:
    """``total``, the views of each author's posts, the greatest first, and ``rank``: 1, 1, 3 for ties."""
    return Post.objects.agg_by("author", "author__username", total=Sum("views")).with_rank("-total").ranked("rank")
