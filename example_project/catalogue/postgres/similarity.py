"""Patterns of texts that resemble each other, misspelt or nearly copied."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from example_project.catalogue import pattern
from example_project.content.models import Post, User


@pattern(265, "Similar titles")
def similar_titles(search: str = "queue put itme") -> QuerySet[Post]:
    """Posts whose title shares at least a fifth of its trigrams with the text, the most similar first."""
    alike = Post.objects.resembling(search, "title", threshold=0.2)
    return alike.with_resemblance(search, "title").ranked("-resemblance", "pk")


@pattern(282, "Did you mean?")
def did_you_mean(word: str = "emilie", k: int = 3) -> QuerySet[User, str]:
    """The k names of users that are nearest to the word, however far that is; ties by age of the user."""
    return User.objects.closest_to(word, "username").values_list("username", flat=True)[:k]


@pattern(283, "Users by a misspelt name")
def fuzzy_users(term: str = "lovelase") -> QuerySet[User]:
    """Users in whose name or address some part resembles the term, with the better of both, the best first."""
    alike = User.objects.resembling(term, "username", "email", threshold=0.6, word=True)
    return alike.with_resemblance(term, "username", "email", word=True).ranked("-resemblance")


@pattern(285, "Titles that are nearly the same")
def near_duplicate_titles(threshold: float = 0.8) -> QuerySet[Post, dict[str, Any]]:
    """Pairs of posts whose titles resemble each other at least so much, each pair once, the most similar first."""
    return Post.objects.resembling_pairs("title", threshold)


@pattern(286, "Titles in natural order")
def titles_in_natural_order() -> QuerySet[Post]:
    """All posts by title, numbers in it by their value: "Part 2" before "Part 10"."""
    return Post.objects.ordered_naturally("title")
