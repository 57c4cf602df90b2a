"""Patterns of full-text search: matches, relevance, snippets, facets, the words of a language."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from example_project.catalogue import pattern
from example_project.content.models import Post
from querysets import P


@pattern(261, "Full-text search")
def search_posts(query: str = '"put an item" or semaphore') -> QuerySet[Post]:
    """Posts about what was typed, the most relevant first; a blank query finds none.

    Each post is searched in its own language; ``"in quotes"`` is in this order, ``or`` is either, ``-without``.
    """
    return Post.objects.about(query).ranked()


@pattern(268, "Snippets with the words marked")
def posts_with_snippet(query: str = "state of the art") -> QuerySet[Post]:
    """Posts about what was typed, each with a passage of its content as safe HTML, the words in ``<mark>``.

    Where only the title has the words, the passage is the beginning.
    """
    return Post.objects.about(query).with_headline("content", as_="snippet")


@pattern(270, "Search that weighs titles")
def weighted_search(query: str = "timeout") -> QuerySet[Post]:
    """Posts about what was typed with their relevance, for which a word of the title counts 1, one of the content 0.4.

    The relevance is below 1, however often the words occur.
    """
    return Post.objects.about(query).with_relevance((0.1, 0.2, 0.4, 1)).ranked()


@pattern(274, "Search for a phrase")
def search_phrase(phrase: str = "remove and return") -> QuerySet[Post]:
    """Posts in which the words stand one after the other, whatever their endings, the most relevant first."""
    return Post.objects.about(phrase, syntax="phrase").ranked()


@pattern(275, "Search while typing")
def complete_titles(prefix: str = "return the que") -> QuerySet[Post]:
    """Posts that have all words, the last of which may be the beginning of one, the most relevant first.

    Quotes and operators among what was typed are no syntax.
    """
    return Post.objects.about(prefix, syntax="prefix").ranked()


@pattern(276, "Search in one language")
def search_in_language(query: str = "pomme", language: str = "fr") -> QuerySet[Post]:
    """Posts of one language about what was typed in it: its words, whatever their endings.

    A language that the server does not know is a ``ValueError``.
    """
    return Post.objects.by(language=language).about(query, language=language)


@pattern(277, "Search without accents")
def search_unaccented(query: str = "eleve") -> QuerySet[Post]:
    """Posts about what was typed, as French has the words, but blind to accents on either side."""
    return Post.objects.about(query, "title", "content", language="french_unaccent")


@pattern(278, "Hits by category")
def search_facets(query: str = "queue") -> QuerySet[Post, dict[str, Any]]:
    """How many posts about what was typed each category has, the most first; those without a category are a group."""
    return Post.objects.about(query).count_by("category__name").ranked("-count")


@pattern(279, "Posts that are discussed under a word")
def posts_discussing(query: str = "logger") -> QuerySet[Post]:
    """Posts with an active comment about what was typed; each once."""
    return Post.objects.having("comments", P.about(query), is_active=True)


@pattern(280, "Search that prefers what is new")
def fresh_search(query: str = "file", half_life_hours: float = 720, at: datetime | None = None) -> QuerySet[Post]:
    """Posts about what was typed by relevance times freshness, which halves with every half-life; the future is now."""
    found = Post.objects.about(query).with_relevance()
    return found.with_decay("relevance", timedelta(hours=half_life_hours), at=at, as_="fresh").ranked("-fresh")


@pattern(281, "Search that forgives misspelling")
def search_or_fuzzy(query: str = "asyncoi timeouts") -> QuerySet[Post]:
    """Posts about what was typed; only if there are none, those whose title resembles it. The best first."""
    return Post.objects.about(query, fallback="title").ranked()


@pattern(284, "Frequent words")
def frequent_words(limit: int = 20) -> list[dict[str, Any]]:
    """The lexemes that most posts have, with the number of posts and of occurrences; ties by name."""
    return Post.objects.frequent_lexemes(limit)
