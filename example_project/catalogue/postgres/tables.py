"""Patterns about large and busy tables: locks, samples, distinct values by an index."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import QuerySet

from example_project.catalogue import pattern
from example_project.content.models import Post


@pattern(317, "Posts locked for an update")
def posts_for_update(ids: Collection[int] = (1, 2, 3)) -> QuerySet[Post]:
    """Posts that nobody else can change until the transaction ends; those that another has locked are passed over.

    Read inside of a transaction. Rows that refer to them may be made meanwhile.
    """
    return Post.objects.by(pk=ids).locked(skip=True, no_key=True)


@pattern(318, "A sample of the table")
def table_sample_posts(percent: float = 10.0, seed: int = 7) -> QuerySet[Post]:
    """Posts of which each has been drawn with a chance of ``percent``; the same ones again, until one is written."""
    return Post.objects.table_sampled(percent, seed)


@pattern(320, "Categories in use")
def used_category_ids() -> QuerySet[Post, int]:
    """The ids of the categories that have posts, ascending; the index is read once an id, not once a post."""
    return Post.objects.distinct_values("category")
