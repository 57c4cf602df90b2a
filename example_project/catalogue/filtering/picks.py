"""Patterns that pick rows by order, place or identity."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet
from django.db.models.functions import Lower

from example_project.catalogue import pattern
from example_project.content.models import Post, User


@pattern(5, "Different addresses")
def unique_user_emails() -> QuerySet[User, str]:
    """The addresses of all users in lower case, each once, in alphabetical order: texts, not users."""
    return User.objects.distinct_values(Lower("email"))


@pattern(20, "Recently modified")
def recently_modified(limit: int = 10) -> QuerySet[Post]:
    """The posts that were changed last, the latest first; 0 is none, a negative number a ``ValueError``.

    It is no slice: what is chained behind it acts within these posts.
    """
    return Post.objects.newest("updated_at").limited(limit)


@pattern(95, "Posts with the same title")
def posts_with_duplicate_titles() -> QuerySet[Post]:
    """Posts whose title, ignoring case, is also that of another post: all copies, the first included."""
    return Post.objects.duplicated("title", case=False)


@pattern(96, "The latest post of each author")
def latest_post_per_author() -> QuerySet[Post]:
    """One post an author: the newest, of those of one moment the one with the highest id."""
    return Post.objects.top_per("author")


@pattern(97, "The next page of posts")
def posts_page_after(after: Post | None = None, size: int = 10) -> QuerySet[Post]:
    """The posts behind ``after``, the newest first; ``None`` is the first page.

    A page goes on from a row, not from a number of rows, so posts written meanwhile shift nothing.
    """
    return Post.objects.newest().after(after).limited(size)


@pattern(98, "Posts in a given order")
def posts_in_given_order(ids: Sequence[int] = (3, 1, 2)) -> QuerySet[Post]:
    """The listed posts in the order of the list; unknown ids are passed over, a repeat counts once."""
    return Post.objects.in_order_of(ids)


@pattern(99, "A sample that stays the same")
def sample_posts(fraction: float = 0.1, salt: str = "2026") -> QuerySet[Post]:
    """About this share of the posts, the same ones every time; another salt is another sample; 0 is none, 1 is all.

    A post is in if the first 32 bits of ``md5(salt + id)``, as a share of 2**32, are below ``fraction``.
    """
    return Post.objects.sampled(fraction, salt)


@pattern(100, "A worker's share of the posts")
def posts_shard(index: int = 0, of: int = 4) -> QuerySet[Post]:
    """The posts whose id leaves ``index`` when divided by ``of``; the shares do not overlap and are all posts together.

    An index outside of 0 to ``of - 1`` is a ``ValueError``.
    """
    return Post.objects.sharded(index, of)
