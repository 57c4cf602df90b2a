"""Patterns about the array of tags."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import QuerySet

from example_project.catalogue import pattern
from example_project.content.models import Post
from querysets import P


@pattern(17, "Posts without a tag")
def posts_without_tag(tag: str = "queue") -> QuerySet[Post]:
    """Posts that do not have the tag; posts without any tags (NULL or empty) are among them."""
    return Post.objects.none_of(P.tagged(tag))


@pattern(28, "Posts with a tag")
def posts_by_tag(tag: str = "queue") -> QuerySet[Post]:
    """Posts that have the tag, exactly as written."""
    return Post.objects.tagged(tag)


@pattern(73, "Untagged posts")
def untagged_posts() -> QuerySet[Post]:
    """Posts whose tags are NULL or an empty list."""
    return Post.objects.blank("tags")


@pattern(74, "Posts with these tags only")
def posts_tagged_only(tags: Collection[str] = ("queue", "lock", "thread")) -> QuerySet[Post]:
    """Posts that have at least one tag, and none but these; order and repeats do not matter."""
    return Post.objects.tagged(*tags, match="only")


@pattern(75, "Some of these tags, none of those")
def posts_tagged_any_without(
    include: Collection[str] = ("queue", "lock"), exclude: Collection[str] = ("thread",)
) -> QuerySet[Post]:
    """Posts that have a tag of ``include`` and no tag of ``exclude``; no ``include``, no post."""
    return Post.objects.tagged(*include, match="any").none_of(P.tagged(*exclude, match="any"))
