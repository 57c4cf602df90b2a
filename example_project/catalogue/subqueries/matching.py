"""Patterns by what other rows there are, and by fields that differ."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db.models import F, OuterRef, QuerySet

from example_project.catalogue import pattern
from example_project.content.models import ArchivedPost, Bookmark, Category, Comment, Post, User
from querysets import P


@pattern(201, "Posts that have fallen silent")
def posts_silent_since(moment: datetime = datetime(2026, 3, 1, tzinfo=UTC)) -> QuerySet[Post]:
    """Posts without a comment at or after a moment; those that never had one are among them."""
    return Post.objects.lacking("comments", P.at_least(created_at=moment))


@pattern(209, "Posts that run at one time")
def posts_double_booked() -> QuerySet[Post]:
    """Posts whose run, from start to end, shares a moment with that of another post of the author.

    Runs that only touch share none; one without start or end, empty or reversed, is none.
    """
    runs = Post.objects.below(start_time=F("end_time"))
    others = runs.by(author=OuterRef("author")).excluding(pk=OuterRef("pk"))
    meeting = others.below(start_time=OuterRef("end_time")).above(end_time=OuterRef("start_time"))
    return runs.having(meeting)


@pattern(210, "Posts that the author has not answered")
def posts_unanswered_by_author() -> QuerySet[Post]:
    """Posts with a comment by somebody else, and none by the author."""
    by_author = P.by(user=OuterRef("author"))
    return Post.objects.having("comments", ~by_author).lacking("comments", by_author)


@pattern(213, "Users without large orders")
def users_without_large_orders(limit: Decimal = Decimal(100)) -> QuerySet[User]:
    """Users none of whose orders is above the limit; those without orders are among them."""
    return User.objects.having_only("orders", P.at_most(amount=limit), allow_none=True)


@pattern(214, "Users who share all interests of a user")
def users_covering_interests(user_id: int = 25) -> QuerySet[User]:
    """Other users who commented in every category in which the user did; all of them if that is none.

    Posts without a category do not count.
    """
    unmatched = Category.objects.having("posts__comments", user=user_id)
    unmatched = unmatched.lacking("posts__comments", user=OuterRef(OuterRef("pk")))
    return User.objects.excluding(pk=user_id).lacking(unmatched)


@pattern(215, "Lapsed customers")
def lapsed_users(since: datetime = datetime(2026, 3, 1, tzinfo=UTC)) -> QuerySet[User]:
    """Users who ordered before a moment and not since; cancelled orders do not count."""
    kept = P.excluding(status="cancelled")
    before = User.objects.having("orders", kept, P.below(created_at=since))
    return before.lacking("orders", kept, P.at_least(created_at=since))


@pattern(216, "Categories of a size")
def categories_sized(low: int = 0, high: int = 5) -> QuerySet[Category]:
    """Categories with ``low`` to ``high`` posts, both included; 0 takes empty ones in; none if ``low`` is above."""
    return Category.objects.having("posts", at_least=low, at_most=high)


@pattern(218, "Users in a dialogue")
def users_in_dialogue() -> QuerySet[User]:
    """Users who commented on a post of somebody else who commented on one of theirs."""
    answers = Comment.objects.by(user=OuterRef("post__author"), post__author=OuterRef("user"))
    asked = Comment.objects.by(user=OuterRef("pk")).excluding(post__author=F("user"))
    return User.objects.having(asked.having(answers))


@pattern(243, "Posts whose dates differ")
def posts_where_dates_differ() -> QuerySet[Post]:
    """Posts that were published at another moment than they start; two missing ones are equal, one of them differs."""
    return Post.objects.differing("published_at", "start_time")


@pattern(244, "Posts that are not archived")
def posts_not_archived() -> QuerySet[Post]:
    """Posts whose slug is not in the archive."""
    return Post.objects.missing_from(ArchivedPost.objects, slug="slug")


@pattern(245, "Posts that the archive has otherwise")
def posts_outdated_in_archive() -> QuerySet[Post]:
    """Posts whose slug is in the archive with another title or content."""
    return Post.objects.differing_from(ArchivedPost.objects, "title", "content", slug="slug")


@pattern(246, "Comments by those who keep the post")
def comments_by_bookmarkers() -> QuerySet[Comment]:
    """Comments whose user has a bookmark on their post."""
    return Comment.objects.also_in(Bookmark.objects, post="post", user="user")


@pattern(247, "Bookmarks to offer")
def bookmarks_to_offer() -> QuerySet[Comment, dict[str, Any]]:
    """Users and posts, as dicts with ``count``: who commented there twice or more, and has no bookmark."""
    unkept = Comment.objects.missing_from(Bookmark.objects, post="post", user="user")
    return unkept.count_by("user", "post").at_least(count=2)
