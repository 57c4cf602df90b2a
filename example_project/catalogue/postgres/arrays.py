"""Patterns about arrays, and lists of related values."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet, Subquery

from example_project.catalogue import pattern
from example_project.content.models import Category, Post
from querysets import P


@pattern(262, "Tags as one text")
def posts_with_tag_list() -> QuerySet[Post]:
    """Every post with its tags in their order, joined by ", "; an empty text where there are none."""
    return Post.objects.with_joined("tags", as_="tags_list")


@pattern(264, "Posts with any of these tags")
def posts_with_tags(tags: Collection[str] = ("queue", "lock")) -> QuerySet[Post]:
    """Posts that have at least one of the tags; no tags, no post."""
    return Post.objects.in_array("tags", any=tags)


@pattern(267, "Posts by their number of tags")
def posts_with_tag_count(min_count: int = 3) -> QuerySet[Post]:
    """Posts with at least so many tags, repeats counted, and how many they have; without tags that is 0."""
    return Post.objects.with_array_size("tags", as_="tag_count").at_least(tag_count=min_count)


@pattern(272, "Who comments on a post")
def posts_with_commenters() -> QuerySet[Post]:
    """Every post with the ids of those who wrote an active comment on it, each once, ascending."""
    return Post.objects.with_list("comments", "user", where=P.active(), distinct=True, as_="commenters")


@pattern(303, "Posts with some of these tags")
def posts_with_some_tags(tags: Collection[str] = ("queue", "lock", "thread"), minimum: int = 2) -> QuerySet[Post]:
    """Posts with at least ``minimum`` different ones of the tags; repeats on either side count once.

    Each says how many it shares, and which share they are of all tags, its own and those.
    """
    posts = Post.objects.in_array("tags", any=tags) if minimum > 0 else Post.objects.all()
    return posts.with_shared("tags", tags).at_least(shared=minimum)


@pattern(304, "Posts under a tag")
def posts_with_tag_prefix(prefix: str = "ai/") -> QuerySet[Post]:
    """Posts with a tag that begins with ``prefix``, taken literally and in this case; "" is any tag."""
    return Post.objects.in_array("tags", prefix=prefix)


@pattern(305, "Posts with exactly these tags")
def posts_with_exact_tags(tags: Collection[str] = ("queue", "lock")) -> QuerySet[Post]:
    """Posts that have each of the tags and no other; order and repeats do not matter."""
    return Post.objects.in_array("tags", same_as=tags)


@pattern(306, "Posts with unknown tags")
def posts_with_unknown_tags(vocabulary: Collection[str] = ("queue", "lock", "planted")) -> QuerySet[Post]:
    """Posts with a tag that is not in the vocabulary; untagged posts have none."""
    return Post.objects.present("tags").none_of(P.in_array("tags", only=vocabulary))


@pattern(307, "Related posts by tags")
def related_by_tags(post_id: int = 1) -> QuerySet[Post]:
    """Other posts that share a tag with this one: by how many, then by their share of all tags of both, then by id."""
    own = Subquery(Post.objects.by(pk=post_id).values("tags"))
    others = Post.objects.excluding(pk=post_id).in_array("tags", any=own)
    return others.with_shared("tags", own).ranked("-shared", "-jaccard", "pk")


@pattern(308, "Tags that stand together")
def tag_pairs(minimum: int = 10) -> QuerySet[Post, dict[str, Any]]:
    """Two different tags and how many posts have both, at least ``minimum``; the most frequent first."""
    return Post.objects.count_element_pairs("tags").at_least(count=minimum).ranked("-count")


@pattern(309, "Add tags")
def add_tags(ids: Collection[int] = (1, 2, 3), tags: Collection[str] = ("queue", "lock")) -> int:
    """How many of the posts were changed by appending those of the tags that they did not have."""
    return Post.objects.by(pk=ids).array_add("tags", *tags)


@pattern(310, "Rename a tag")
def rename_tag(old: str = "queue", new: str = "lock") -> int:
    """How many posts had the old tag, and have the new one in its place, once."""
    return Post.objects.all().array_rename("tags", old, new)


@pattern(311, "Posts with their latest comments")
def posts_with_recent_comments_json(n: int = 3) -> QuerySet[Post]:
    """Every post with its ``n`` newest comments as a list of objects, the newest first; one statement."""
    return Post.objects.with_json_list("comments", "id", "content", "user__username", by="-created_at", n=n)


@pattern(312, "Categories with their titles")
def categories_with_titles() -> QuerySet[Category]:
    """Every category with the different titles of its posts, in order, joined by "; "; an empty text without posts."""
    return Category.objects.with_joined("posts", "title", sep="; ", by="title", distinct=True, as_="titles")
